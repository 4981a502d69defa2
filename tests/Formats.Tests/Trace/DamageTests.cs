using CsCheck;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

public class DamageTests
{
    private const int FlushEvery = 50;

    /// <summary>A whole trace and where each block of it lies.</summary>
    private sealed class Whole
    {
        public Whole(int seed, int hits, int stacks, int flushEvery = FlushEvery)
        {
            Bytes = TraceSample.Write(seed, hits, stacks, flushEvery, out List<SampleHit> written);
            Written = TraceSample.Sorted(written);
            Hits = [.. TraceSample.Blocks(written, flushEvery)];
            for (int at = FileHeader.Size; at < Bytes.Length;)
            {
                Assert.True(BlockHeader.TryRead(Bytes.AsSpan(at), out BlockHeader header));
                Blocks.Add((at, at + BlockHeader.Size + (int)header.Length, header));
                at = Blocks[^1].End;
            }
        }

        public byte[] Bytes { get; }

        public List<SampleHit> Written { get; }

        public List<SampleHit[]> Hits { get; }

        public List<(int Start, int End, BlockHeader Header)> Blocks { get; } = [];

        public IEnumerable<(int Start, int End, BlockHeader Header)> HitBlocks => Blocks.Where(b => b.Header.Kind == BlockKind.Hits);

        /// <summary>All hits but those of blocks that <paramref name="isLost"/> picks.</summary>
        public List<SampleHit> Without(Func<(int Start, int End, BlockHeader Header), bool> isLost) =>
            TraceSample.Sorted(HitBlocks.Zip(Hits).Where(b => !isLost(b.First)).SelectMany(b => b.Second));
    }

    private static readonly Whole s_small = new(5, 120, 10);
    private static readonly Whole s_large = new(6, 12_000, 900, 1000);

    [Fact]
    public void A_trace_cut_anywhere_reads_up_to_the_cut()
    {
        for (int length = 0; length < s_small.Bytes.Length; length++)
            CheckCut(s_small, length);
        for (int length = 0; length < s_large.Bytes.Length; length += 1024)
            CheckCut(s_large, length);
    }

    private static void CheckCut(Whole whole, int length)
    {
        TraceReader reader = TraceSample.Open(whole.Bytes[..length]);
        var hits = TraceSample.Sorted(TraceSample.ReadHits(reader));
        Assert.Equal(whole.Without(b => b.End > length), hits);
        Assert.Equal(whole.Blocks.Any(b => b.Header.Kind == BlockKind.End && b.End <= length), reader.IsComplete);
        bool atBoundary = length >= FileHeader.Size && (length == FileHeader.Size || whole.Blocks.Any(b => b.End == length));
        Assert.Equal(!atBoundary, reader.Damage.Count > 0);
        AssertDefined(reader, hits);
    }

    [Fact]
    public void A_byte_that_changed_anywhere_costs_at_most_its_own_block_of_hits()
    {
        foreach (byte flip in new byte[] { 0x01, 0x80, 0xff })
        {
            for (int at = 0; at < s_small.Bytes.Length; at++)
                CheckFlip(s_small, at, flip);
        }

        var random = new Random(1);
        for (int i = 0; i < 100; i++)
            CheckFlip(s_large, random.Next(s_large.Bytes.Length), (byte)random.Next(1, 256));
    }

    private static void CheckFlip(Whole whole, int at, byte flip)
    {
        byte[] damaged = [.. whole.Bytes];
        damaged[at] ^= flip;
        TraceReader reader = TraceSample.Open(damaged);
        var hits = TraceSample.Sorted(TraceSample.ReadHits(reader));
        bool inHits = whole.HitBlocks.Any(b => at >= b.Start && at < b.End);
        // No byte of a trace is outside all checksums: each change is noticed.
        TraceDamage damage = Assert.Single(reader.Damage);
        Assert.InRange(at, damage.Offset, damage.Offset + damage.Bytes - 1);
        Assert.Equal(whole.Without(b => at >= b.Start && at < b.End), hits);
        Assert.Equal(inHits, !damage.IsRepaired);
        Assert.True(reader.IsComplete);
        AssertDefined(reader, hits);
        if (!inHits)
            Assert.Equal(whole.Written.Count, hits.Count);
        else if (damage.Hits > 0)
            Assert.Equal((ulong)(whole.Written.Count - hits.Count), damage.Hits);
    }

    [Fact]
    public void A_damaged_block_of_definitions_is_read_from_its_second_copy()
    {
        byte[] damaged = [.. s_large.Bytes];
        // Every first copy of definitions, headers and all.
        foreach (var block in s_large.Blocks.Where(b => b.Header.Kind == BlockKind.Tables && b.Header.Flags == BlockFlags.None))
            damaged.AsSpan(block.Start..block.End).Fill(0xfd);
        TraceReader reader = TraceSample.Open(damaged);
        Assert.Equal(s_large.Written, TraceSample.Sorted(TraceSample.ReadHits(reader)));
        Assert.All(reader.Damage, d => Assert.True(d.IsRepaired));
        Assert.NotEmpty(reader.Damage);
        AssertSameDefinitions(TraceSample.Open(s_large.Bytes).Definitions, reader.Definitions);
    }

    [Fact]
    public void Definitions_that_lost_both_copies_cost_only_themselves()
    {
        var traced = new Whole(8, 3000, 900, 300);
        byte[] damaged = [.. traced.Bytes];
        uint sequence = traced.Blocks.Where(b => b.Header.Kind == BlockKind.Tables).ElementAt(1).Header.Sequence;
        foreach (var block in traced.Blocks.Where(b => b.Header.Sequence == sequence))
            damaged[block.End - 1] ^= 1;
        TraceReader reader = TraceSample.Open(damaged);
        Assert.Equal(traced.Written, TraceSample.Sorted(TraceSample.ReadHits(reader)));
        Assert.Contains(reader.Damage, d => !d.IsRepaired);
        TraceDefinitions whole = TraceSample.Open(traced.Bytes).Definitions;
        LoadedTable stacks = reader.Definitions[TableId.Stacks];
        Assert.InRange(whole[TableId.Stacks].Defined - stacks.Defined, 1, whole[TableId.Stacks].Defined - 1);
        for (int id = 1; id < stacks.Count; id++)
            Assert.Equal(stacks.IsDefined(id) ? whole.Stack(id) : default, reader.Definitions.Stack(id));
    }

    [Fact]
    public void Bytes_taken_out_or_put_in_cost_the_blocks_they_touch() =>
        Gen.Select(Gen.Int[FileHeader.Size, s_large.Bytes.Length - 1], Gen.Int[1, 5000], Gen.Bool).Sample((at, count, takeOut) =>
        {
            count = takeOut ? Math.Min(count, s_large.Bytes.Length - at) : count;
            byte[] damaged = takeOut
                ? [.. s_large.Bytes[..at], .. s_large.Bytes[(at + count)..]]
                : [.. s_large.Bytes[..at], .. new byte[count], .. s_large.Bytes[at..]];
            TraceReader reader = TraceSample.Open(damaged);
            var hits = TraceSample.Sorted(TraceSample.ReadHits(reader));
            int to = takeOut ? at + count : at;
            Assert.Equal(s_large.Without(b => takeOut ? b.Start < to && b.End > at : b.Start < at && b.End > at), hits);
            if (!takeOut || !s_large.Blocks.All(b => b.End <= at || b.Start >= to || b.Header.Flags == BlockFlags.Echo))
                Assert.NotEmpty(reader.Damage);
        }, iter: 100);

    [Fact]
    public void Whole_blocks_that_were_removed_are_missed()
    {
        var block = s_small.HitBlocks.ElementAt(1);
        byte[] removed = [.. s_small.Bytes[..block.Start], .. s_small.Bytes[block.End..]];
        TraceReader reader = TraceSample.Open(removed);
        Assert.Contains("1 blocks are missing", Assert.Single(reader.Damage).Reason, StringComparison.Ordinal);
        Assert.Equal(s_small.Without(b => b == block), TraceSample.Sorted(TraceSample.ReadHits(reader)));
    }

    [Fact]
    public void Damage_of_any_kind_never_throws() =>
        Gen.Select(Gen.Int[0, s_small.Bytes.Length - 1], Gen.Byte.Array[1, 60]).Array[1, 20].Sample(patches =>
        {
            byte[] damaged = [.. s_small.Bytes];
            foreach ((int at, byte[] bytes) in patches)
                bytes.AsSpan(0, Math.Min(bytes.Length, damaged.Length - at)).CopyTo(damaged.AsSpan(at));
            TraceReader reader = TraceSample.Open(damaged);
            HashSet<SampleHit> written = [.. s_small.Written];
            Assert.All(TraceSample.ReadHits(reader), hit => Assert.Contains(hit, written));
        }, iter: 2000);

    [Fact]
    public void A_trace_without_its_file_header_is_read_all_the_same()
    {
        TraceReader reader = TraceSample.Open(s_small.Bytes[FileHeader.Size..]);
        Assert.Equal(s_small.Written, TraceSample.Sorted(TraceSample.ReadHits(reader)));
        Assert.Contains("file header", Assert.Single(reader.Damage).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_block_is_reported_once_however_often_it_is_read()
    {
        byte[] damaged = [.. s_small.Bytes];
        damaged[s_small.HitBlocks.First().End - 1] ^= 1;
        TraceReader reader = TraceSample.Open(damaged);
        _ = TraceSample.ReadHits(reader);
        _ = TraceSample.ReadHits(reader);
        Assert.Equal(FlushEvery, (int)Assert.Single(reader.Damage).Hits);
    }

    private static void AssertDefined(TraceReader reader, List<SampleHit> hits)
    {
        foreach (SampleHit hit in hits)
        {
            Assert.True(reader.Definitions[TableId.Stacks].IsDefined(hit.Stack));
            Assert.True(reader.Definitions[TableId.Contexts].IsDefined(hit.Context));
        }
    }

    private static void AssertSameDefinitions(TraceDefinitions expected, TraceDefinitions actual)
    {
        foreach (TableId table in Enum.GetValues<TableId>())
        {
            Assert.Equal(expected[table].Defined, actual[table].Defined);
            for (int id = 1; id < expected[table].Count; id++)
            {
                for (int column = 0; column < TableSchema.Columns(table).Length; column++)
                    Assert.True(expected[table][id, column] == actual[table][id, column]);
            }
        }

        for (int id = 1; id < expected[TableId.Strings].Count; id++)
            Assert.True(expected.String(id).SequenceEqual(actual.String(id)));
    }
}
