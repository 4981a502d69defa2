using Diagnose.Analyze.Info;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Bench.Generate;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Bench;

/// <summary>The generator of bench/: what is measured with its traces is only worth something if they are what they say.</summary>
public class TraceGeneratorTests
{
    private static readonly TraceShape s_shape = new() { Hits = 100_000, Stacks = 300, Threads = 40, Cpus = 3, Seed = 5 };

    [Fact]
    public void Equal_shapes_give_equal_bytes_and_another_seed_gives_others()
    {
        Assert.Equal(Bytes(s_shape), Bytes(s_shape));
        Assert.NotEqual(Bytes(s_shape), Bytes(s_shape with { Seed = 6 }));
    }

    [Theory]
    [InlineData(100_000, 300, 40, 3)]
    [InlineData(70_000, 1, 1, 1)]
    [InlineData(5000, 9000, 2, 64)]
    [InlineData(0, 10, 300, 2)]
    public void A_trace_holds_what_was_asked_for(long hits, int stacks, int threads, int cpus)
    {
        TraceReader trace = Open(s_shape with { Hits = hits, Stacks = stacks, Threads = threads, Cpus = cpus });
        var summary = new TraceSummary();
        summary.Add(trace);
        Assert.Empty(trace.Damage);
        Assert.True(trace.IsComplete);
        Assert.Equal((ulong)hits, summary.Hits);
        Assert.Equal(0UL, summary.Undefined);
        Assert.Equal(stacks, trace.Definitions[TableId.Stacks].Defined);
        Assert.Equal(stacks, Enumerable.Range(1, stacks).Select(trace.Definitions.Stack).Distinct().Count());
        Assert.Equal(threads, trace.Definitions[TableId.Contexts].Defined);
        if (hits > 0)
            Assert.Equal(cpus, summary.Cpus);
    }

    [Fact]
    public void Some_stacks_are_common_and_all_have_names_and_ancestors()
    {
        TraceReader trace = Open(s_shape);
        var tree = new FlameTree(new NameTable());
        new TraceFolder(trace, tree).Fold();
        MergedStacks stacks = tree.Merge();
        long[] hits = [.. Enumerable.Range(0, stacks.Count).Select(stacks.Self).Where(self => self > 0).OrderDescending()];
        Assert.True(hits[0] > 20 * hits[hits.Length / 2], $"{hits[0]} hits of the commonest, {hits[hits.Length / 2]} of the middle one");
        Assert.InRange(Enumerable.Range(0, stacks.Count).Max(stacks.Depth), 10, 100);
        for (int node = 1; node < stacks.Count; node++)
            Assert.False(stacks.Kind(node) == FrameKind.Unknown);
        Assert.All(Enumerable.Range(1, 40), context =>
            Assert.NotEqual(0, trace.Definitions.Process(trace.Definitions.Context(context).Process).Parent));
    }

    [Fact]
    public void Hits_of_each_cpu_come_in_time_order_and_blocks_do_not_overlap_much()
    {
        TraceReader trace = Open(s_shape with { Hits = 200_000 });
        ulong before = 0;
        foreach (HitBlockPlace place in trace.HitBlocks)
        {
            Assert.True(place.Header.FirstTime >= before);
            before = place.Header.FirstTime;
        }

        Assert.Equal(4, trace.HitBlocks.Count);
    }

    private static byte[] Bytes(TraceShape shape)
    {
        using var file = new MemoryStream();
        Assert.Equal(TraceGenerator.Write(shape, file), file.Length);
        return file.ToArray();
    }

    private static TraceReader Open(TraceShape shape) => SyntheticTrace.Open(Bytes(shape));
}
