using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// PERF_RECORD_THROTTLE and PERF_RECORD_UNTHROTTLE: the kernel stopped an event that came more often than
/// kernel.perf_event_max_sample_rate allows, or let it go on.
/// </summary>
public readonly ref struct ThrottleRecord
{
    /// <summary>True when the event was stopped, false when it goes on.</summary>
    public bool IsThrottle { get; private init; }

    /// <summary>Nanoseconds of the event's clock.</summary>
    public ulong Time { get; private init; }

    public ulong Id { get; private init; }

    public ulong StreamId { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out ThrottleRecord throttle)
    {
        throttle = default;
        if (!layout.TryGetBody(record, 24, out var body)) return false;
        throttle = new ThrottleRecord
        {
            IsThrottle = RecordReader.KindOf(record) == RecordKind.Throttle,
            Time = BinaryPrimitives.ReadUInt64LittleEndian(body),
            Id = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]),
            StreamId = BinaryPrimitives.ReadUInt64LittleEndian(body[16..]),
        };
        return true;
    }
}
