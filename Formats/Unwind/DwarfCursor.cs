using System.Buffers.Binary;

namespace Diagnose.Formats.Unwind;

/// <summary>
/// Reads little-endian numbers of DWARF one after the other. A read beyond the end gives 0 and sets <see cref="Failed"/> for
/// good, so that a parser asks once at its end. Places are offsets in the whole file.
/// </summary>
internal ref struct DwarfCursor
{
    /// <summary>A number of 64 bits takes 10 bytes; assemblers pad some, but not by much.</summary>
    private const int MostLebBytes = 16;

    private readonly ReadOnlySpan<byte> _file;

    public DwarfCursor(ReadOnlySpan<byte> file, int start, int end)
    {
        _file = file;
        Failed = (uint)end > (uint)file.Length || (uint)start > (uint)end;
        At = Failed ? 0 : start;
        End = Failed ? 0 : end;
    }

    public int At { get; private set; }

    public int End { get; private set; }

    public bool Failed { get; private set; }

    public readonly bool IsAtEnd => At >= End;

    public byte U8() => Take(1) is [var value] ? value : (byte)0;

    public ushort U16() => Take(2) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : (ushort)0;

    public uint U32() => Take(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    public ulong U64() => Take(8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;

    public ulong Unsigned(int size) => size switch { 1 => U8(), 2 => U16(), 4 => U32(), _ => U64() };

    public long Signed(int size) => size switch { 1 => (sbyte)U8(), 2 => (short)U16(), 4 => (int)U32(), _ => (long)U64() };

    public ulong Uleb()
    {
        ulong value = 0;
        for (int i = 0; i < MostLebBytes; i++)
        {
            byte next = U8();
            if (i < 10)
                value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
                return value;
        }

        Fail();
        return 0;
    }

    public long Sleb()
    {
        long value = 0;
        for (int i = 0; i < MostLebBytes; i++)
        {
            byte next = U8();
            int shift = 7 * i;
            if (i < 10)
                value |= (long)(next & 0x7f) << shift;
            if (next < 0x80)
                return shift < 57 && (next & 0x40) != 0 ? value | (-1L << (shift + 7)) : value;
        }

        Fail();
        return 0;
    }

    /// <summary>Passes over bytes; a negative count is a failure, as is one beyond the end.</summary>
    public void Skip(long count)
    {
        if (count < 0 || count > End - At)
            Fail();
        else
            At += (int)count;
    }

    public void Fail()
    {
        Failed = true;
        At = End;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (End - At < count)
        {
            Fail();
            return [];
        }

        ReadOnlySpan<byte> bytes = _file.Slice(At, count);
        At += count;
        return bytes;
    }
}
