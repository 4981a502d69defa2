using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>Walks the fields of a sample whose place depends on the lengths of those before them.</summary>
internal ref struct SampleCursor(ReadOnlySpan<byte> record, int at)
{
    private ReadOnlySpan<byte> rest = record[at..];

    public bool TryTake(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(rest, out value)) return false;
        rest = rest[8..];
        return true;
    }

    public bool TryTakeUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32LittleEndian(rest, out value)) return false;
        rest = rest[4..];
        return true;
    }

    /// <summary>Takes <paramref name="count"/> elements; the count is as read, so it may be anything.</summary>
    public bool TryTake(ulong count, int elementSize, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (count > (ulong)(rest.Length / elementSize)) return false;
        var length = (int)count * elementSize;
        taken = rest[..length];
        rest = rest[length..];
        return true;
    }
}
