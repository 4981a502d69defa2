using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Bench.Generate;
using Diagnose.Formats.Report;
using Diagnose.Formats.Tests;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests;

/// <summary>
/// What is done for each hit allocates nothing. Work that has to allocate for each distinct stack is measured over the same
/// stacks with few hits and with many.
/// </summary>
public class AllocationTests
{
    /// <summary>More than growing buffers differ by, and far less than one object for each hit.</summary>
    private const long Noise = 64 << 10;

    [Fact]
    public void Counting_known_pairs_costs_no_memory()
    {
        var pairs = new PairCounts();
        Assert.Equal(0, Allocated.LeastOf(() =>
        {
            for (int i = 0; i < 50_000; i++)
                pairs.Add(1 + i % 7, 1 + i % 100, 1);
        }));
        Assert.Equal(700, pairs.Count);
    }

    [Fact]
    public void Folding_more_hits_of_the_same_stacks_costs_no_more_memory() => CostsTheSame(
        Trace(2), Trace(12), trace => new TraceFolder(trace, new FlameTree(new NameTable())).Fold(workers: 1));

    [Fact]
    public void Folding_more_hits_with_their_times_costs_no_more_memory() => CostsTheSame(
        Trace(6), Trace(12), trace => new TraceFolder(trace, new FlameTree(new NameTable())).Fold(workers: 1, timeline: new HitTimeline()));

    [Fact]
    public void Reporting_more_hits_of_the_same_stacks_costs_no_more_memory()
    {
        using var output = new StreamBuffer(Stream.Null);
        CostsTheSame(Trace(2), Trace(12), trace => new TraceReport(trace).Write(output));
    }

    [Fact]
    public void JSON_of_more_hits_of_the_same_stacks_costs_no_more_memory()
    {
        using var output = new StreamBuffer(Stream.Null);
        CostsTheSame(Trace(2), Trace(12), trace =>
        {
            using var json = new TraceJson(trace);
            return json.Write(output);
        });
    }

    [Fact]
    public void Filtering_more_hits_of_the_same_stacks_costs_no_more_memory()
    {
        // All kinds of filters, none of which leaves anything out.
        var filters = new HitFilters { Cpus = CpuRanges.Parse("0-9", out _), From = new Moment(true, 0), Frames = FramePatterns.Of(["."], ["no such"]) };
        using var output = new StreamBuffer(Stream.Null);
        CostsTheSame(Trace(2), Trace(12), trace => new TraceFolder(trace, new FlameTree(new NameTable()), Filter(trace)).Fold(workers: 1));
        CostsTheSame(Trace(2), Trace(12), trace => new TraceReport(trace, Filter(trace)).Write(output));

        SegmentFilter? Filter(TraceReader trace) => SegmentFilter.Of(trace.Definitions, filters);
    }

    [Fact]
    public void Folding_more_of_a_reports_text_costs_no_more_memory()
    {
        using var stream = new MemoryStream();
        using (var output = new StreamBuffer(stream))
        {
            for (int i = 0; i < 5; i++)
                new TraceReport(Trace(1, HitBlockBuilder.Capacity / 16)).Write(output);
        }

        byte[] text = stream.ToArray();
        int fewer = text.AsSpan(0, text.Length / 4).LastIndexOf("##\n"u8) + 3;
        long few = Allocated.LeastOf(() => Fold(text.AsSpan(0, fewer)));
        long many = Allocated.LeastOf(() => Fold(text));
        Assert.InRange(many - few, long.MinValue, Noise);
    }

    private static void Fold(ReadOnlySpan<byte> text)
    {
        var damage = new ReportDamage();
        var folder = new ReportFolder(new FlameTree(new NameTable()), damage);
        long line = 1;
        folder.Fold(text, isLast: true, offset: 0, ref line);
        Assert.True(folder.Hits > 4000 && damage.Count == 0);
    }

    private static void CostsTheSame(TraceReader few, TraceReader many, Func<TraceReader, long> work)
    {
        long fewBytes = Allocated.LeastOf(() => Assert.Equal(Hits(few), work(few)));
        long manyBytes = Allocated.LeastOf(() => Assert.Equal(Hits(many), work(many)));
        Assert.True(Hits(many) - Hits(few) > Noise);
        Assert.InRange(manyBytes - fewBytes, long.MinValue, Noise);
    }

    private static long Hits(TraceReader trace) => trace.HitBlocks.Sum(place => (long)place.Header.Items);

    private static TraceReader Trace(int blocks, int hitsPerBlock = HitBlockBuilder.Capacity)
    {
        using var file = new MemoryStream();
        TraceGenerator.Write(new TraceShape { Hits = (long)blocks * hitsPerBlock, Stacks = 20, Threads = 4 }, file);
        return SyntheticTrace.Open(file.ToArray());
    }
}
