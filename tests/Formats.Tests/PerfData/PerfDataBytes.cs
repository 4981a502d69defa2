using System.Buffers.Binary;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfData;

/// <summary>Builds files, or parts of them, field by field.</summary>
internal sealed class PerfDataBytes(bool bigEndian = false)
{
    private readonly List<byte> bytes = [];

    public int Length => bytes.Count;

    /// <summary>A file of pipe mode: records follow.</summary>
    public static PerfDataBytes Pipe() => new PerfDataBytes().Bytes("PERFILE2"u8).U64(PerfDataHeader.PipeSize);

    /// <summary>A file of file mode without features.</summary>
    public static byte[] File(IReadOnlyList<(PerfEventAttr Attr, ulong[] Ids)> events, byte[] data)
    {
        const int attrSize = PerfEventAttr.FullSize + FileSection.StoredSize;
        var attrs = new PerfDataBytes();
        var ids = new PerfDataBytes();
        var idsAt = PerfDataHeader.FileSize + (ulong)(events.Count * attrSize);
        foreach (var (attr, of) in events)
        {
            attrs.Attr(attr).U64(idsAt + (ulong)ids.Length, (ulong)of.Length * 8);
            ids.U64(of);
        }

        return new PerfDataBytes().Bytes("PERFILE2"u8).U64(PerfDataHeader.FileSize, attrSize)
            .U64(PerfDataHeader.FileSize, (ulong)attrs.Length, idsAt + (ulong)ids.Length, (ulong)data.Length, 0, 0)
            .U64(0, 0, 0, 0).Bytes(attrs.Build()).Bytes(ids.Build()).Bytes(data).Build();
    }

    public PerfDataBytes U64(params ReadOnlySpan<ulong> values)
    {
        foreach (var value in values)
            bytes.AddRange(BitConverter.GetBytes(bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value));
        return this;
    }

    public PerfDataBytes U32(params ReadOnlySpan<uint> values)
    {
        foreach (var value in values)
            bytes.AddRange(BitConverter.GetBytes(bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value));
        return this;
    }

    public PerfDataBytes U16(params ReadOnlySpan<ushort> values)
    {
        foreach (var value in values)
            bytes.AddRange(BitConverter.GetBytes(bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value));
        return this;
    }

    public PerfDataBytes Bytes(ReadOnlySpan<byte> more)
    {
        bytes.AddRange(more);
        return this;
    }

    public PerfDataBytes Attr(PerfEventAttr attr)
    {
        attr.Size = PerfEventAttr.FullSize;
        return Bytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes([attr]));
    }

    /// <summary>A record with its header.</summary>
    public PerfDataBytes Record(uint kind, ReadOnlySpan<byte> body = default) =>
        U32(kind).U16(0, (ushort)(8 + body.Length)).Bytes(body);

    public PerfDataBytes Record(UserRecordKind kind, ReadOnlySpan<byte> body = default) => Record((uint)kind, body);

    public PerfDataBytes Sample(params ReadOnlySpan<ulong> fields) =>
        Record((uint)RecordKind.Sample, new PerfDataBytes().U64(fields).Build());

    public byte[] Build() => [.. bytes];
}
