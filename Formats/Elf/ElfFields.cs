using System.Buffers.Binary;

namespace Diagnose.Formats.Elf;

/// <summary>Reads the integers of an ELF file in the file's own class and byte order. Offsets are checked by the caller.</summary>
internal readonly ref struct ElfFields(ReadOnlySpan<byte> bytes, bool is64, bool isBigEndian)
{
    public readonly ReadOnlySpan<byte> Bytes = bytes;
    public readonly bool Is64 = is64;
    public readonly bool IsBigEndian = isBigEndian;

    public ushort Half(int at) => IsBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(Bytes[at..])
        : BinaryPrimitives.ReadUInt16LittleEndian(Bytes[at..]);

    public uint Word(int at) => IsBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(Bytes[at..])
        : BinaryPrimitives.ReadUInt32LittleEndian(Bytes[at..]);

    public ulong Xword(int at) => IsBigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(Bytes[at..])
        : BinaryPrimitives.ReadUInt64LittleEndian(Bytes[at..]);

    /// <summary>An address, offset or size: 4 bytes in ELF32, 8 bytes in ELF64.</summary>
    public ulong Native(int at) => Is64 ? Xword(at) : Word(at);

    /// <summary>The bytes [offset, offset + size), or nothing when they are not all in the file.</summary>
    public ReadOnlySpan<byte> Range(ulong offset, ulong size)
    {
        var length = (ulong)Bytes.Length;
        return offset > length || size > length - offset ? [] : Bytes.Slice((int)offset, (int)size);
    }
}
