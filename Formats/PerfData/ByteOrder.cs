using System.Buffers.Binary;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// The byte order of the machine that recorded: perf.data is written in native order, and its magic tells which that
/// was (perf.data-file-format.txt: "the magic number also identifies the endian").
/// </summary>
public readonly record struct ByteOrder(bool IsBigEndian)
{
    public ushort U16(ReadOnlySpan<byte> at) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    public uint U32(ReadOnlySpan<byte> at) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    public ulong U64(ReadOnlySpan<byte> at) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(at) : BinaryPrimitives.ReadUInt64LittleEndian(at);
}
