using System.Buffers.Binary;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

/// <summary>Builds one record field by field.</summary>
internal sealed class RecordBytes(RecordKind kind, RecordMisc misc = 0)
{
    private readonly List<byte> body = [];

    public RecordBytes U64(params ulong[] values)
    {
        foreach (var value in values) body.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public RecordBytes U32(params uint[] values)
    {
        foreach (var value in values) body.AddRange(BitConverter.GetBytes(value));
        return this;
    }

    public RecordBytes Bytes(ReadOnlySpan<byte> bytes)
    {
        body.AddRange(bytes);
        return this;
    }

    /// <summary>A name with its NUL, padded to eight bytes as the kernel does.</summary>
    public RecordBytes Name(string name)
    {
        body.AddRange(System.Text.Encoding.UTF8.GetBytes(name));
        do body.Add(0);
        while (body.Count % 8 != 0);
        return this;
    }

    public byte[] Build()
    {
        var record = new byte[8 + body.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)kind);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(4), (ushort)misc);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(6), (ushort)record.Length);
        body.CopyTo(record, 8);
        return record;
    }
}
