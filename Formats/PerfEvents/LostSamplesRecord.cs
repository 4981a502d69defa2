using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_LOST_SAMPLES: the hardware, or perf(1) when it reads the counters at the end, dropped samples.</summary>
public readonly ref struct LostSamplesRecord
{
    /// <summary>Samples dropped.</summary>
    public ulong Lost { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out LostSamplesRecord lost)
    {
        lost = default;
        if (!layout.TryGetBody(record, 8, out var body)) return false;
        lost = new LostSamplesRecord { Lost = BinaryPrimitives.ReadUInt64LittleEndian(body) };
        return true;
    }
}
