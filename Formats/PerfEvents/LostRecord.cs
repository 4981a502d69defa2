using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_LOST: records of any kind were dropped because the ring was full, before this place in it.</summary>
public readonly ref struct LostRecord
{
    /// <summary>Id of the event that wrote this record, not always of the one that lost.</summary>
    public ulong Id { get; private init; }

    /// <summary>Records dropped since the record before in the same ring.</summary>
    public ulong Lost { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out LostRecord lost)
    {
        lost = default;
        if (!layout.TryGetBody(record, 16, out var body)) return false;
        lost = new LostRecord
        {
            Id = BinaryPrimitives.ReadUInt64LittleEndian(body),
            Lost = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]),
        };
        return true;
    }
}
