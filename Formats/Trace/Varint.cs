using System.Buffers;

namespace Diagnose.Formats.Trace;

/// <summary>Unsigned LEB128 (seven bits a byte, low first) and zigzag, as in DWARF and Protocol Buffers.</summary>
public static class Varint
{
    public const int MaxBytes = 10;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>Writes one value and returns its length.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    public static void Write(IBufferWriter<byte> output, ulong value) =>
        output.Advance(Write(output.GetSpan(MaxBytes), value));

    /// <summary>Reads one value and moves <paramref name="source"/> behind it; false when it is cut short or too long.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> source, out ulong value)
    {
        if (source.Length > 0 && source[0] < 0x80)
        {
            value = source[0];
            source = source[1..];
            return true;
        }

        value = 0;
        int shift = 0;
        for (int i = 0; i < source.Length && i < MaxBytes; i++, shift += 7)
        {
            byte b = source[i];
            if (i == MaxBytes - 1 && b > 1)
                return false;
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                source = source[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a value that must not exceed <paramref name="limit"/>.</summary>
    public static bool TryReadInt32(ref ReadOnlySpan<byte> source, int limit, out int value)
    {
        value = 0;
        if (!TryRead(ref source, out ulong wide) || wide > (ulong)limit)
            return false;
        value = (int)wide;
        return true;
    }
}
