using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using CsCheck;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;
using static Diagnose.Formats.Tests.Trace.ForgedTrace;

namespace Diagnose.Formats.Tests.Trace;

public class HostileTraceTests
{
    private const ulong Frames = (ulong)TableId.Frames;
    private const ulong Strings = (ulong)TableId.Strings;
    private static readonly byte[] s_tooLong = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];

    public static TheoryData<string, byte[]> BadTables => new()
    {
        { "a count of rows that the bytes cannot hold", Rows(Frames, 1, 1 << 27, 3, Column(ColumnCodec.Plain, 0)) },
        { "row 0", Rows(Frames, 0, 1, 3, Column(0, 1), Column(0, 1), Column(0, 1)) },
        { "rows behind a huge hole", Rows(Frames, 200_000_000, 1, 3, Column(0, 1), Column(0, 1), Column(0, 1)) },
        { "rows behind the last possible id", Rows(Frames, TraceLimits.Rows - 1, 4, 3, Column(0, 1, 1, 1, 1), Column(0, 1, 1, 1, 1), Column(0, 1, 1, 1, 1)) },
        { "first id of 64 bits", Rows(Frames, ulong.MaxValue, 1, 3, Column(0, 1), Column(0, 1), Column(0, 1)) },
        { "a column too few", Rows(Frames, 1, 1, 2, Column(0, 1), Column(0, 1)) },
        { "fewer columns than said", Rows(Frames, 1, 1, 3, Column(0, 1), Column(0, 1)) },
        { "too many columns", Rows(Frames, 1, 1, 65) },
        { "bytes behind the columns", Rows(Frames, 1, 1, 3, Column(0, 1), Column(0, 1), Column(0, 1), [0]) },
        { "a codec that is not known", Rows(Frames, 1, 1, 3, Column(0, 1), Column((ColumnCodec)9, 1), Column(0, 1)) },
        { "bytes where numbers should be", Rows(Frames, 1, 1, 3, Column(0, 1), Column(ColumnCodec.Bytes, 1), Column(0, 1)) },
        { "a value too few", Rows(Frames, 1, 2, 3, Column(0, 1, 1), Column(0, 1), Column(0, 1, 1)) },
        { "a value too many", Rows(Frames, 1, 1, 3, Column(0, 1), Column(0, 1, 1), Column(0, 1)) },
        { "a varint of more than 64 bits", Rows(Frames, 1, 1, 3, Column(0, 1), Column(0, s_tooLong), Column(0, 1)) },
        { "a column that is longer than its section", Rows(Frames, 1, 1, 3, [0, 200, 1], [1]) },
        { "bytes of strings before their lengths", Rows(Strings, 1, 1, 2, Column(ColumnCodec.Bytes, 65), Column(0, 1)) },
        { "strings without bytes", Rows(Strings, 1, 1, 1, Column(0, 1)) },
        { "strings longer than their bytes", Rows(Strings, 1, 1, 2, Column(0, 5), Column(ColumnCodec.Bytes, 65)) },
        { "strings whose lengths overflow", Rows(Strings, 1, 2, 2, Column(0, ulong.MaxValue, 2), Column(ColumnCodec.Bytes, 65)) },
        { "a section longer than the block", Join(Varints(Frames, 100), [1]) },
        { "half a section", Varints(Frames) },
    };

    [Theory]
    [MemberData(nameof(BadTables))]
    public void A_bad_section_is_damage_and_the_rest_is_read(string what, byte[] section)
    {
        Assert.NotEmpty(what);
        TraceReader reader = new ForgedTrace().Tables(section).Rest().Open();
        TraceDamage damage = Assert.Single(reader.Damage);
        Assert.Equal(FileHeader.Size, damage.Offset);
        Assert.False(damage.IsRepaired);
        Assert.Equal(3, TraceSample.ReadHits(reader).Count);
        Assert.Equal(new FrameRow(1, 0x2c0, FrameFlags.None), reader.Definitions.Frame(1));
        Assert.Equal("cat"u8, reader.Definitions.String(3));
    }

    [Fact]
    public void Sections_of_an_earlier_version_lack_the_last_column_which_reads_as_0()
    {
        TraceDefinitions read = new ForgedTrace().Tables(
            Rows((ulong)TableId.Processes, 1, 1, 4, Column(0, 5), Column(0, 0), Column(0, 0), Column(0, 1)),
            Rows((ulong)TableId.Processes, 2, 1, 5, Column(0, 6), Column(0, 0), Column(0, 1), Column(0, 0), Column(0, 2)),
            Rows((ulong)TableId.Symbols, 1, 1, 5, Column(0, 1), Column(0, 2), Column(0, 3), Column(0, 4), Column(0, 1)),
            Rows((ulong)TableId.Symbols, 2, 1, 4, Column(0, 1), Column(0, 2), Column(0, 3), Column(0, 4))).Open().Definitions;
        Assert.Equal(new ProcessRow(5, 0, 0, ProcessFlags.KernelThread), read.Process(1));
        Assert.Equal(new ProcessRow(6, 0, 1, ProcessFlags.None, 2), read.Process(2));
        Assert.Equal(new SymbolRow(1, 2, 3, 4, SymbolSource.Kallsyms), read.Symbol(1));
        Assert.False(read[TableId.Symbols].IsDefined(2));
    }

    private static byte[] Runs(ulong hits, params ulong[] runs) => Varints([hits, (ulong)runs.Length / 4, .. runs]);

    private static readonly byte[] s_contexts = HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(2, 2)));
    private static readonly byte[] s_ids = HitColumn(Formats.Trace.HitColumn.StackIds, 0, Raw(Varints(2)));
    private static readonly byte[] s_stacks = HitColumn(Formats.Trace.HitColumn.Stacks, 1, Raw([0, 0]));
    private static readonly byte[] s_times = HitColumn(Formats.Trace.HitColumn.Times, 1, Raw([0, 5]));
    private static readonly byte[] s_twoHits = Runs(2, 0, 1, 2, 7);

    private static byte[] Columns(params byte[][] columns) => Join([Varints((ulong)columns.Length), .. columns]);

    [Fact]
    public void Columns_of_hits_may_stand_in_any_order_that_keeps_stack_ids_first()
    {
        byte[] unknown = Join([77, 3], Zstd(new byte[1000]));
        foreach (byte[][] order in new byte[][][]
        {
            [s_contexts, s_ids, s_stacks, s_times], [s_times, s_ids, s_contexts, s_stacks], [unknown, s_ids, s_stacks, unknown, s_times, s_contexts],
        })
        {
            TraceReader reader = new ForgedTrace().Hits(2, s_twoHits, Columns(order)).Open();
            Assert.Equal([new(7, 0, 1, 1, 1), new(12, 0, 1, 1, 1)], TraceSample.ReadHits(reader));
            Assert.Empty(reader.Damage);
        }
    }

    public static TheoryData<string, uint, byte[]> BadHits => new()
    {
        { "stacks before stack ids", 2, Join(s_twoHits, Columns(s_contexts, s_stacks, s_ids, s_times)) },
        { "a column twice", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, s_times, s_times)) },
        { "a column that is missing", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks)) },
        { "no columns", 2, Join(s_twoHits, Columns()) },
        { "more columns said than there are", 2, Join(s_twoHits, Varints(9), s_contexts, s_ids, s_stacks, s_times) },
        { "bytes behind the columns", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, s_times), [0]) },
        { "another count in the header", 3, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, s_times)) },
        { "a giant count", 2, Runs(ulong.MaxValue, 0, 1, 2, 7) },
        { "more hits than a block may hold", 2, Runs(TraceLimits.HitsPerBlock + 1, 0, 1, TraceLimits.HitsPerBlock + 1, 7) },
        { "runs that do not add up", 2, Join(Runs(2, 0, 1, 1, 7), Columns(s_contexts, s_ids, s_stacks, s_times)) },
        { "runs of too many hits", 2, Join(Runs(2, 0, 1, 3, 7), Columns(s_contexts, s_ids, s_stacks, s_times)) },
        { "an empty run", 2, Join(Runs(2, 0, 1, 2, 7, 0, 1, 0, 7), Columns(s_contexts, s_ids, s_stacks, s_times)) },
        { "more runs than hits", 2, Varints(2, 1 << 20) },
        { "contexts of too few hits", 2, Join(s_twoHits, Columns(HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(2, 1))), s_ids, s_stacks, s_times)) },
        { "contexts of too many hits", 2, Join(s_twoHits, Columns(HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(2, 3))), s_ids, s_stacks, s_times)) },
        { "contexts of no hits", 2, Join(s_twoHits, Columns(HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(2, 0, 2, 2))), s_ids, s_stacks, s_times)) },
        { "contexts that go on", 2, Join(s_twoHits, Columns(HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(2, 2, 2))), s_ids, s_stacks, s_times)) },
        { "a negative context", 2, Join(s_twoHits, Columns(HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(1, 2))), s_ids, s_stacks, s_times)) },
        { "a context of 63 bits", 2, Join(s_twoHits, Columns(HitColumn(Formats.Trace.HitColumn.Contexts, 0, Raw(Varints(ulong.MaxValue - 1, 2))), s_ids, s_stacks, s_times)) },
        { "no stack ids", 2, Join(s_twoHits, Columns(s_contexts, HitColumn(Formats.Trace.HitColumn.StackIds, 0, Raw([])), s_stacks, s_times)) },
        { "more stack ids than hits", 2, Join(s_twoHits, Columns(s_contexts, HitColumn(Formats.Trace.HitColumn.StackIds, 0, Raw(Varints(2, 2, 2))), s_stacks, s_times)) },
        { "a varint that ends too late", 2, Join(s_twoHits, Columns(s_contexts, HitColumn(Formats.Trace.HitColumn.StackIds, 0, Raw(s_tooLong)), s_stacks, s_times)) },
        { "a place out of range", 2, Join(s_twoHits, Columns(s_contexts, s_ids, HitColumn(Formats.Trace.HitColumn.Stacks, 1, Raw([0, 1])), s_times)) },
        { "a wide place out of range", 2, Join(s_twoHits, Columns(s_contexts, s_ids, HitColumn(Formats.Trace.HitColumn.Stacks, 3, Raw([0, 0, 0, 0, 0, 1])), s_times)) },
        { "places that are too wide", 2, Join(s_twoHits, Columns(s_contexts, s_ids, HitColumn(Formats.Trace.HitColumn.Stacks, 4, Raw(new byte[8])), s_times)) },
        { "places of no width", 2, Join(s_twoHits, Columns(s_contexts, s_ids, HitColumn(Formats.Trace.HitColumn.Stacks, 0, Raw([])), s_times)) },
        { "a time too few", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 1, Raw([0])))) },
        { "times that are too wide", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 9, Raw(new byte[18])))) },
        { "a time that wraps around", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 8, Raw([.. Enumerable.Repeat<byte[]>([0, 255], 8).SelectMany(plane => plane)])))) },
        { "a codec that is not known", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 1, [2, 2, 2, 0, 5]))) },
        { "a bomb", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 1, Zstd(new byte[50 << 20])))) },
        { "a bomb with a modest claim", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 1, Zstd(new byte[50 << 20], claimed: 2)))) },
        { "no zstd at all", 2, Join(s_twoHits, Columns(s_contexts, s_ids, s_stacks, HitColumn(Formats.Trace.HitColumn.Times, 1, [1, 2, 4, 1, 2, 3, 4]))) },
        { "nothing", 2, [] },
    };

    [Theory]
    [MemberData(nameof(BadHits))]
    public void A_bad_block_of_hits_is_damage_and_the_rest_is_read(string what, uint items, byte[] payload)
    {
        Assert.NotEmpty(what);
        TraceReader reader = new ForgedTrace().Block(BlockKind.Hits, payload, items).Rest().Open();
        Assert.Empty(reader.Damage);
        List<SampleHit> hits = [];
        Assert.InRange(Allocated(() => hits = TraceSample.ReadHits(reader)), 0, 8 << 20);
        Assert.Equal(3, hits.Count);
        TraceDamage damage = Assert.Single(reader.Damage);
        Assert.Equal((FileHeader.Size, (ulong)items), (damage.Offset, damage.Hits));
    }

    [Fact]
    public void Sections_with_holes_cannot_ask_for_more_memory_than_their_limit()
    {
        var trace = new ForgedTrace();
        for (ulong i = 1; i <= 200; i++)
        {
            foreach (TableId table in Enum.GetValues<TableId>())
            {
                byte[][] columns = [.. Enumerable.Repeat(Column(ColumnCodec.Plain, 0), TableSchema.Columns(table).Length)];
                trace.Tables(Rows((ulong)table, i * 500_000, 1, (ulong)columns.Length, columns));
            }
        }

        byte[] file = trace.Rest().Bytes();
        Assert.InRange(Allocated(() => Assert.NotEmpty(TraceSample.Open(file).Damage)), 0, 160 << 20);
    }

    [Fact]
    public void A_bomb_of_tables_is_refused_unopened()
    {
        byte[] bomb = Zstd(Rows((ulong)TableId.Clocks, 1, 30 << 20, 2, Column(ColumnCodec.Plain, new byte[30 << 20]), Column(ColumnCodec.Plain, new byte[30 << 20])));
        byte[] file = new ForgedTrace().Block(BlockKind.Tables, bomb).Rest().Bytes();
        Assert.InRange(Allocated(() => Assert.Single(TraceSample.Open(file).Damage)), 0, 1 << 20);
    }

    [Fact]
    public void Headers_that_claim_each_others_bytes_are_passed_in_one_go()
    {
        // 100,000 headers, each with a payload of everything behind it, but none followed by another block.
        const int Count = 100_000;
        byte[] file = new byte[FileHeader.Size + Count * (BlockHeader.Size + 1)];
        FileHeader.Write(file);
        for (int i = 0; i < Count; i++)
        {
            int at = FileHeader.Size + i * (BlockHeader.Size + 1);
            new BlockHeader(BlockKind.Tables, BlockFlags.None, (uint)i, (uint)(file.Length - at - BlockHeader.Size - 1), 1, 0, 1).Write(file.AsSpan(at));
        }

        long start = Stopwatch.GetTimestamp();
        Assert.NotEmpty(TraceSample.Open(file).Damage);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Rows_that_name_later_rows_or_themselves_have_no_parent()
    {
        TraceReader reader = new ForgedTrace().Tables(
            Rows((ulong)TableId.Nodes, 1, 3, 2, Column(ColumnCodec.Plain, 2, 1, 3), Column(ColumnCodec.Plain, 1, 1, 1)),
            Rows((ulong)TableId.Processes, 1, 2, 4, Column(0, 1, 1), Column(0, 0, 0), Column(0, 2, 1), Column(0, 0, 0)),
            Rows((ulong)TableId.Spaces, 1, 2, 3, Column(0, 1, 1), Column(ColumnCodec.Back, 5, 0), Column(0, 0, 0))).Open();
        Assert.Empty(reader.Damage);
        Assert.Equal([0, 1, 0], new[] { 1, 2, 3 }.Select(id => reader.Definitions.Node(id).Parent));
        Assert.Equal([0, 1], new[] { 1, 2 }.Select(id => reader.Definitions.Process(id).Parent));
        Assert.Equal([0, 0], new[] { 1, 2 }.Select(id => reader.Definitions.Space(id).Parent));
        Assert.Equal(2, reader.Definitions.Frames(2, new int[10]));
    }

    [Fact]
    public void What_a_later_minor_version_adds_is_skipped()
    {
        var trace = new ForgedTrace();
        byte[] newCodec = Column((ColumnCodec)9, 1, 2, 3);
        byte[] file = trace.Block((BlockKind)77, [1, 2, 3])
            .Tables(Section(99, [1, 2, 3]), Rows((ulong)TableId.Clocks, 1, 1, 3, Column(0, 5), Column(0, 6), newCodec))
            .Rest(withEnd: false).Block(BlockKind.End, Varints(2, 1000, 9, (ulong)EndCounter.Hits, 3)).Bytes();
        // The header of that version is longer, too.
        file = [.. file[..FileHeader.Size], .. new byte[16], .. file[FileHeader.Size..]];
        file[10] = 7;
        file[12] += 16;
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), XxHash3.HashToUInt64(file.AsSpan(0, 24)));
        TraceReader reader = TraceSample.Open(file);
        Assert.Empty(reader.Damage);
        Assert.Equal(new ClockRow(5, 6), reader.Definitions.Clock(1));
        Assert.Equal(3, TraceSample.ReadHits(reader).Count);
        Assert.Equal(9UL, reader.End[(EndCounter)1000]);
    }

    [Fact]
    public void Another_major_version_is_refused_by_its_number()
    {
        byte[] file = ExampleTrace.Bytes();
        file[8] = 2;
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), XxHash3.HashToUInt64(file.AsSpan(0, 24)));
        Assert.False(TraceReader.TryOpen(new FileInMemory(file), out _, out string? error));
        Assert.Equal("trace format version 2 at offset 8; this program reads version 1", error);
    }

    [Fact]
    public void A_trace_is_known_by_its_magic_or_its_first_block()
    {
        byte[] file = ExampleTrace.Bytes();
        Assert.True(TraceReader.LooksLikeTrace(file));
        Assert.True(TraceReader.LooksLikeTrace(file.AsSpan(0, 8)));
        Assert.True(TraceReader.LooksLikeTrace(file.AsSpan(FileHeader.Size)));
        file[0] = 0;
        Assert.True(TraceReader.LooksLikeTrace(file));
        Assert.False(TraceReader.LooksLikeTrace(file.AsSpan(0, FileHeader.Size)));
        Assert.False(TraceReader.LooksLikeTrace([]));
        Assert.False(TraceReader.LooksLikeTrace("KPROBE命中：PID： 1[a]"u8));
        Assert.False(TraceReader.LooksLikeTrace([.. new byte[100], .. BlockHeader.Magic]));
    }

    [Fact]
    public void Any_payload_under_a_right_checksum_is_read_or_refused() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 400], Gen.Byte).Sample((which, at1, to1, at2, to2) =>
        {
            byte[] example = ExampleTrace.Bytes();
            int start = FileHeader.Size;
            BlockHeader header = default;
            for (int i = 0; i <= which; i++)
            {
                Assert.True(BlockHeader.TryRead(example.AsSpan(start), out header));
                start += BlockHeader.Size + (i < which ? (int)header.Length : 0);
            }

            byte[] payload = example[start..(start + (int)header.Length)];
            payload[at1 % payload.Length] = to1;
            payload[at2 % payload.Length] = to2;
            TraceReader reader = new ForgedTrace().Rest(withEnd: false).Block(header.Kind, payload, header.Items).Open();
            Assert.True(TraceSample.ReadHits(reader).Count >= 3);
        }, iter: 5000);

    [Fact]
    public void Any_compressed_payload_under_a_right_checksum_is_read_or_refused()
    {
        byte[] whole = TraceSample.Write(2, 3000, 300, 3000, out _);
        var payloads = new List<(BlockHeader Header, byte[] Payload)>();
        for (int at = FileHeader.Size; at < whole.Length;)
        {
            Assert.True(BlockHeader.TryRead(whole.AsSpan(at), out BlockHeader header));
            payloads.Add((header, whole[(at + BlockHeader.Size)..(at + BlockHeader.Size + (int)header.Length)]));
            at += BlockHeader.Size + (int)header.Length;
        }

        Gen.Select(Gen.Int[0, payloads.Count - 1], Gen.Select(Gen.Int[0, 1 << 20], Gen.Byte).Array[1, 6]).Sample((which, changes) =>
        {
            (BlockHeader header, byte[] payload) = payloads[which];
            payload = [.. payload];
            foreach ((int at, byte to) in changes)
                payload[at % payload.Length] = to;
            _ = TraceSample.ReadHits(new ForgedTrace().Block(header.Kind, payload, header.Items).Open());
        }, iter: 3000);
    }

    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
