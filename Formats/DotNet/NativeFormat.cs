using System.Buffers.Binary;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// Reads the numbers and tables of a ReadyToRun image (nativeformatreader.h of dotnet/runtime) at offsets in one section. What lies
/// outside of it reads as 0, and nothing is found there.
/// </summary>
internal readonly ref struct NativeFormat(ReadOnlySpan<byte> section)
{
    private readonly ReadOnlySpan<byte> _bytes = section;

    public int Length => _bytes.Length;

    public uint Byte(int at) => (uint)at < (uint)_bytes.Length ? _bytes[at] : 0u;

    /// <summary>A number of one to five bytes, whose lowest bits say how many; moves behind it.</summary>
    public uint Unsigned(ref int at)
    {
        uint first = Byte(at);
        uint value;
        switch (first & 15)
        {
            case 0 or 2 or 4 or 6 or 8 or 10 or 12 or 14:
                value = first >> 1;
                at += 1;
                break;
            case 1 or 5 or 9 or 13:
                value = first >> 2 | Byte(at + 1) << 6;
                at += 2;
                break;
            case 3 or 11:
                value = first >> 3 | Byte(at + 1) << 5 | Byte(at + 2) << 13;
                at += 3;
                break;
            case 7:
                value = first >> 4 | Byte(at + 1) << 4 | Byte(at + 2) << 12 | Byte(at + 3) << 20;
                at += 4;
                break;
            default:
                value = Fixed(at + 1, 4);
                at += 5;
                break;
        }

        return value;
    }

    /// <summary>The same as a signed number: its sign is its highest bit.</summary>
    public int Signed(ref int at)
    {
        int before = at;
        uint value = Unsigned(ref at);
        int bits = (at - before) switch { 1 => 7, 2 => 14, 3 => 21, 4 => 28, _ => 32 };
        return (int)(value << (32 - bits)) >> (32 - bits);
    }

    /// <summary>A little-endian number of 1, 2 or 4 bytes.</summary>
    public uint Fixed(int at, int size)
    {
        if (at < 0 || at > _bytes.Length - size)
            return 0;
        return size switch
        {
            1 => _bytes[at],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[at..]),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]),
        };
    }

    /// <summary>Elements of an array that begins the section: one more than the highest index.</summary>
    public int ArrayCount()
    {
        int at = 0;
        // Each element takes a bit at least.
        return (int)Math.Min(Unsigned(ref at) >> 2, (uint)Math.Min(_bytes.Length * 8L, int.MaxValue));
    }

    /// <summary>Where an element of the array that begins the section lies: a tree of its own for each sixteen.</summary>
    public bool TryFindElement(int index, out int at)
    {
        const int block = 16;
        int start = 0;
        uint header = Unsigned(ref start);
        at = 0;
        int size = 1 << (int)Math.Min(header & 3, 2);
        long offset = start + (long)Fixed(start + index / block * size, size);
        for (int bit = block >> 1; bit > 0; bit >>= 1)
        {
            if (offset >= _bytes.Length)
                return false;
            int next = (int)offset;
            uint value = Unsigned(ref next);
            if ((index & bit) != 0 ? (value & 2) != 0 : (value & 1) != 0)
            {
                offset = (index & bit) != 0 ? offset + (value >> 2) : next;
                continue;
            }

            // A tree of a single element names it.
            if ((value & 3) != 0 || value >> 2 != (uint)(index & (block - 1)))
                return false;
            offset = next;
            break;
        }

        at = (int)Math.Min(offset, int.MaxValue);
        return at < _bytes.Length;
    }
}
