using System.Buffers;
using System.IO.Hashing;
using Diagnose.Formats.Trace;
using ZstdSharp;

namespace Diagnose.Formats.Tests.Trace;

/// <summary>Traces with blocks of any content under right checksums, as only an enemy or a later version writes them.</summary>
internal sealed class ForgedTrace
{
    private readonly ArrayBufferWriter<byte> _file = new();
    private uint _sequence;

    public ForgedTrace() => Segment();

    /// <summary>Begins a segment with a file header and sequence numbers from 0 again.</summary>
    public ForgedTrace Segment()
    {
        FileHeader.Write(_file.GetSpan(FileHeader.Size));
        _file.Advance(FileHeader.Size);
        _sequence = 0;
        return this;
    }

    /// <summary>The next block gets this number.</summary>
    public ForgedTrace Sequence(uint sequence)
    {
        _sequence = sequence;
        return this;
    }

    public ForgedTrace Block(BlockKind kind, byte[] payload, uint items = 0)
    {
        new BlockHeader(kind, BlockFlags.None, _sequence++, (uint)payload.Length, items, 0, XxHash3.HashToUInt64(payload))
            .Write(_file.GetSpan(BlockHeader.Size));
        _file.Advance(BlockHeader.Size);
        _file.Write(payload);
        return this;
    }

    public ForgedTrace Tables(params byte[][] sections) => Block(BlockKind.Tables, Raw(Join(sections)));

    public ForgedTrace Hits(uint items, params byte[][] parts) => Block(BlockKind.Hits, Join(parts), items);

    /// <summary>The rest of a trace as the product writes it: definitions 1 of their kind and three hits.</summary>
    public ForgedTrace Rest(bool withEnd = true)
    {
        byte[] example = ExampleTrace.Bytes();
        for (int at = FileHeader.Size; at < example.Length;)
        {
            Assert.True(BlockHeader.TryRead(example.AsSpan(at), out BlockHeader header));
            if (header.Flags == BlockFlags.None && (withEnd || header.Kind != BlockKind.End))
                Block(header.Kind, example[(at + BlockHeader.Size)..(at + BlockHeader.Size + (int)header.Length)], header.Items);
            at += BlockHeader.Size + (int)header.Length;
        }

        return this;
    }

    public byte[] Bytes() => _file.WrittenSpan.ToArray();

    public TraceReader Open() => TraceSample.Open(Bytes());

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    public static byte[] Varints(params ulong[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (ulong value in values)
            Varint.Write(output, value);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Raw(byte[] bytes) => Join([0], Varints((ulong)bytes.Length, (ulong)bytes.Length), bytes);

    public static byte[] Zstd(byte[] bytes, ulong? claimed = null)
    {
        using var compressor = new Compressor(1);
        byte[] stored = compressor.Wrap(bytes).ToArray();
        return Join([1], Varints(claimed ?? (ulong)bytes.Length, (ulong)stored.Length), stored);
    }

    public static byte[] Section(ulong table, byte[] content) => Join(Varints(table, (ulong)content.Length), content);

    public static byte[] Rows(ulong table, ulong first, ulong rows, ulong columns, params byte[][] data) =>
        Section(table, Join(Varints(first, rows, columns), Join(data)));

    public static byte[] Column(ColumnCodec codec, params ulong[] values) => Column(codec, Varints(values));

    public static byte[] Column(ColumnCodec codec, byte[] data) => Join([(byte)codec], Varints((ulong)data.Length), data);

    public static byte[] HitColumn(HitColumn column, byte width, byte[] packed) => Join([(byte)column, width], packed);
}
