using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using CsCheck;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;
using static Diagnose.Formats.Tests.Trace.ForgedTrace;

namespace Diagnose.Formats.Tests.Trace;

/// <summary>Damage at and around the places where segments meet: nothing of one may be read by the other's definitions.</summary>
public class SegmentDamageTests
{
    private const int FlushEvery = 20;

    private static readonly byte[] s_first = TraceSample.Write(1, 60, 12, FlushEvery, out _);
    private static readonly byte[] s_second = TraceSample.Write(2, 100, 15, FlushEvery, out _);
    private static readonly List<string> s_firstHits = Said([TraceSample.Open(s_first)]);
    private static readonly List<string> s_secondHits = Said([TraceSample.Open(s_second)]);

    /// <summary>What hits say once their ids are looked up; null where a definition is gone.</summary>
    private static List<string> Said(IEnumerable<TraceReader> segments) =>
        [.. segments.SelectMany(s => TraceSample.ReadHits(s).Select(hit => Said(s.Definitions, hit))).OfType<string>().Order(StringComparer.Ordinal)];

    private static string? Said(TraceDefinitions d, SampleHit hit)
    {
        if (!d[TableId.Contexts].IsDefined(hit.Context) || !d[TableId.Stacks].IsDefined(hit.Stack))
            return null;
        ContextRow context = d.Context(hit.Context);
        StackRow stack = d.Stack(hit.Stack);
        string text = string.Create(CultureInfo.InvariantCulture, $"{hit.Time} {hit.Cpu} {context.Tid}");
        foreach (int half in new[] { stack.Kernel, stack.User })
        {
            for (int node = half; node != 0; node = d.Node(node).Parent)
            {
                int frame = d.Node(node).Frame;
                if (!d[TableId.Nodes].IsDefined(node) || !d[TableId.Frames].IsDefined(frame))
                    return null;
                text += string.Create(CultureInfo.InvariantCulture, $" {d.Frame(frame).Module}+{d.Frame(frame).Offset}");
            }
        }

        return text;
    }

    private static void AssertOf(List<string> all, IEnumerable<TraceReader> segments) =>
        Assert.All(Said(segments), hit => Assert.Contains(hit, all));

    private static List<(int Start, int End, BlockHeader Header)> Blocks(byte[] segment)
    {
        List<(int Start, int End, BlockHeader Header)> blocks = [];
        for (int at = FileHeader.Size; at < segment.Length; at = blocks[^1].End)
        {
            Assert.True(BlockHeader.TryRead(segment.AsSpan(at), out BlockHeader header));
            blocks.Add((at, at + BlockHeader.Size + (int)header.Length, header));
        }

        return blocks;
    }

    [Fact]
    public void A_segment_that_was_cut_anywhere_costs_its_rest_and_nothing_of_the_next()
    {
        var blocks = Blocks(s_first);
        for (int cut = 1; cut < s_first.Length; cut++)
        {
            List<TraceReader> segments = TraceSample.Segments([.. s_first[..cut], .. s_second]);
            Assert.Equal([0, cut], segments.Select(s => s.Offset));
            bool isComplete = blocks.Any(b => b.Header.Kind == BlockKind.End && b.End <= cut);
            Assert.Equal(isComplete, segments[0].IsComplete);
            Assert.Equal(cut != FileHeader.Size && blocks.TrueForAll(b => b.End != cut), segments[0].Damage.Count > 0);
            Assert.All(segments[0].Damage, d => Assert.InRange(d.Offset + d.Bytes, 0, cut));
            Assert.Equal(blocks.Where(b => b.Header.Kind == BlockKind.Hits && b.End <= cut).Sum(b => b.Header.Items), TraceSample.ReadHits(segments[0]).Count);
            Assert.Empty(segments[1].Damage);
            Assert.Equal(s_secondHits, Said(segments.Skip(1)));
        }
    }

    [Fact]
    public void A_byte_that_changed_in_a_later_file_header_costs_nothing()
    {
        byte[] file = [.. s_first, .. s_second];
        for (int at = s_first.Length; at < s_first.Length + FileHeader.Size; at++)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0x40;
            List<TraceReader> segments = TraceSample.Segments(damaged);
            Assert.Equal([0, s_first.Length], segments.Select(s => s.Offset));
            Assert.Empty(segments[0].Damage);
            TraceDamage damage = Assert.Single(segments[1].Damage);
            Assert.Equal((s_first.Length, FileHeader.Size), (damage.Offset, damage.Bytes));
            Assert.Contains($"file header at offset {s_first.Length}", damage.Reason, StringComparison.Ordinal);
            Assert.True(damage.IsRepaired);
            Assert.Equal(s_firstHits, Said(segments.Take(1)));
            Assert.Equal(s_secondHits, Said(segments.Skip(1)));
        }
    }

    [Fact]
    public void A_segment_whose_first_blocks_are_gone_is_not_read_by_the_definitions_before()
    {
        var blocks = Blocks(s_second);
        // Behind totals, whatever is left; and behind a segment that was cut, by the sequence numbers.
        foreach (int cut in new[] { s_first.Length, Blocks(s_first)[5].End })
        {
            for (int gone = 0; gone < 4; gone++)
            {
                List<TraceReader> segments = TraceSample.Segments([.. s_first[..cut], .. s_second[blocks[gone].Start..]]);
                Assert.Equal([0, cut], segments.Select(s => s.Offset));
                Assert.Equal(blocks.Skip(gone).Where(b => b.Header.Kind == BlockKind.Hits).Sum(b => b.Header.Items), TraceSample.ReadHits(segments[1]).Count);
                Assert.Equal($"file header at offset {cut} is damaged", Assert.Single(segments[1].Damage).Reason);
                // Second copies stand behind: only hits are gone, if anything is.
                Assert.Equal(blocks.Take(gone).All(b => b.Header.Kind == BlockKind.Tables), segments[1].Damage[0].IsRepaired);
                AssertOf(s_secondHits, segments.Skip(1));
            }
        }
    }

    [Fact]
    public void Echoes_behind_the_totals_belong_to_the_next_segment()
    {
        int echo = Blocks(s_second).First(b => b.Header.Flags == BlockFlags.Echo).Start;
        List<TraceReader> segments = TraceSample.Segments([.. s_first, .. s_second[echo..]]);
        Assert.Equal(2, segments.Count);
        Assert.Empty(segments[0].Damage);
        Assert.Equal(TraceSample.Open(s_second).Definitions[TableId.Stacks].Defined, segments[1].Definitions[TableId.Stacks].Defined);
    }

    [Fact]
    public void Nothing_is_read_by_the_definitions_of_a_neighbour_wherever_bytes_are_overwritten_or_gone()
    {
        using var stream = new MemoryStream();
        using var writer = new TraceWriter(stream);
        for (int seed = 1; seed <= 4; seed++)
        {
            if (seed > 1)
                writer.BeginSegment(stream);
            TraceSample.Fill(writer, seed, 60, 10, FlushEvery, out _);
        }

        byte[] file = stream.ToArray();
        HashSet<string> all = [.. Said(TraceSample.Segments(file))];
        Assert.Equal(240, Said(TraceSample.Segments(file)).Count);
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Int[1, 9000], Gen.Bool).Sample((at, count, isGone) =>
        {
            count = Math.Min(count, file.Length - at);
            byte[] damaged = isGone ? [.. file[..at], .. file[(at + count)..]] : [.. file[..at], .. new byte[count], .. file[(at + count)..]];
            if (damaged.Length > 0)
                Assert.All(Said(TraceSample.Segments(damaged)), hit => Assert.Contains(hit, all));
        }, iter: 1000);
    }

    [Fact]
    public void Damage_in_a_later_segment_is_at_its_place_in_the_file()
    {
        var block = Blocks(s_second).First(b => b.Header.Kind == BlockKind.Hits);
        byte[] file = [.. s_first, .. s_second];
        file[s_first.Length + block.End - 1] ^= 1;
        List<TraceReader> segments = TraceSample.Segments(file);
        Assert.Equal(s_firstHits, Said(segments.Take(1)));
        Assert.Equal(100 - FlushEvery, TraceSample.ReadHits(segments[1]).Count);
        TraceDamage damage = Assert.Single(segments[1].Damage);
        Assert.Equal((s_first.Length + block.Start, block.End - block.Start, (ulong)FlushEvery), (damage.Offset, damage.Bytes, damage.Hits));
        Assert.Empty(segments[0].Damage);
    }

    [Fact]
    public void Bytes_between_segments_are_passed_over()
    {
        List<TraceReader> segments = TraceSample.Segments([.. s_first, .. new byte[1000], .. s_second, .. new byte[10]]);
        Assert.Equal([0, s_first.Length + 1000], segments.Select(s => s.Offset));
        Assert.Equal((s_first.Length, 1000), (Assert.Single(segments[0].Damage).Offset, segments[0].Damage[0].Bytes));
        Assert.Equal(s_secondHits, Said(segments.Skip(1)));
        Assert.Equal(10, Assert.Single(segments[1].Damage).Bytes);
    }

    [Fact]
    public void A_segment_of_another_major_version_ends_the_reading_with_its_number()
    {
        byte[] other = [.. s_second];
        other[8] = 2;
        BinaryPrimitives.WriteUInt64LittleEndian(other.AsSpan(24), XxHash3.HashToUInt64(other.AsSpan(0, 24)));
        var segments = new TraceSegments(new FileInMemory((byte[])[.. s_first, .. other]));
        Assert.True(segments.TryNext(out TraceReader? first));
        Assert.Equal(s_firstHits, Said([first]));
        Assert.False(segments.TryNext(out _));
        Assert.StartsWith($"trace format version 2 at offset {s_first.Length + 8}; ", segments.Error, StringComparison.Ordinal);
        Assert.False(segments.TryNext(out _));
    }

    [Fact]
    public void As_many_segments_as_the_limit_are_read_and_no_more()
    {
        byte[] header = s_first[..FileHeader.Size];
        byte[] file = [.. Enumerable.Repeat(header, TraceLimits.Segments + 10).SelectMany(h => h)];
        long start = Stopwatch.GetTimestamp();
        var segments = new TraceSegments(new FileInMemory(file));
        while (segments.TryNext(out TraceReader? segment))
            Assert.False(segment.IsComplete);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
        Assert.Equal(TraceLimits.Segments, segments.Count);
        Assert.StartsWith($"offset {TraceLimits.Segments * FileHeader.Size}: ", segments.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_that_each_begin_a_segment_are_read_in_one_go()
    {
        // No file header but the first, and garbage before each block that two segments look at.
        var trace = new ForgedTrace();
        byte[] garbage = new byte[1000];
        garbage.AsSpan().Fill(0x89);
        for (int i = 0; i < 20_000; i++)
            trace.Sequence(0).Block((BlockKind)77, garbage);
        byte[] file = trace.Bytes();
        file.AsSpan(file.Length - 10).Clear();
        long start = Stopwatch.GetTimestamp();
        Assert.Equal(20_000, TraceSample.Segments(file).Count);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Holes_in_many_segments_take_no_more_memory_than_in_one(bool isRefused)
    {
        var trace = new ForgedTrace();
        for (int i = 0; i < 300; i++)
        {
            // A column that holds less than it should is found out only when memory was taken.
            byte[] last = isRefused ? Column(ColumnCodec.Plain, (byte[])[0x80]) : Column(ColumnCodec.Plain, 0);
            trace.Segment().Tables(Rows((ulong)TableId.Frames, 1_000_000, 1, 3, Column(ColumnCodec.Plain, 0), Column(ColumnCodec.Plain, 0), last));
        }

        byte[] file = trace.Segment().Rest().Bytes();
        long before = GC.GetAllocatedBytesForCurrentThread();
        List<TraceReader> segments = TraceSample.Segments(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 20 << 20, 60 << 20);
        Assert.Equal(302, segments.Count);
        Assert.Equal(3, TraceSample.ReadHits(segments[^1]).Count);
    }
}
