using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Bench.Generate;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Stacks;

public class TraceFolderTests
{
    [Fact]
    public void One_worker_and_many_give_the_same_hits_stacks_and_damage() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 6], Gen.Int).Sample((workers, damaged, seed) =>
        {
            byte[] file = Damage(s_file, damaged, new Random(seed));
            (long hits, string folded, TraceDamage[] damage) = Fold(file, 1);
            var many = Fold(file, workers);
            Assert.Equal((hits, folded), (many.Hits, many.Folded));
            Assert.Equal(damage, many.Damage);
            Assert.Equal(Hits, hits + damage.Sum(place => (long)place.Hits));
            Assert.Equal(damage.OrderBy(place => place.Offset), damage);
        }, iter: 40, threads: 1);

    [Fact]
    public void Folding_with_times_gives_the_same_stacks_and_loses_no_hit()
    {
        var tree = new FlameTree(new NameTable());
        var timeline = new HitTimeline();
        Assert.Equal(Hits, new TraceFolder(SyntheticTrace.Open(s_file), tree).Fold(timeline: timeline));
        MergedStacks stacks = tree.Merge();
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(stacks, output);
        Assert.Equal(Fold(s_file, 1).Folded, Encoding.UTF8.GetString(output.WrittenSpan));
        long[] timed = new long[stacks.Count];
        foreach ((int _, int node, long hits) in timeline.Counts(stacks))
            timed[node] += hits;
        // The first hits of this trace came in the first microsecond of all, which stands for no time.
        Assert.Equal(Hits, timeline.Untimed + timed.Sum());
        Assert.All(Enumerable.Range(0, stacks.Count), node => Assert.InRange(timed[node], 0, stacks.Self(node)));
    }

    [Fact]
    public void One_worker_and_many_give_the_same_timeline()
    {
        const long blocks = 20;
        using var file = new MemoryStream();
        TraceGenerator.Write(new TraceShape { Hits = blocks * HitBlockBuilder.Capacity, Stacks = 50, Threads = 5 }, file);
        (MergedStacks stacks, HitTimeline timeline) one = Timed(1);
        Assert.InRange(one.timeline.Slots, HitTimeline.MostSlots / 2, HitTimeline.MostSlots);
        foreach (int workers in (int[])[2, 5])
        {
            (MergedStacks stacks, HitTimeline timeline) many = Timed(workers);
            Assert.Equal(one.timeline.Counts(one.stacks), many.timeline.Counts(many.stacks));
            Assert.Equal(Of(one.timeline), Of(many.timeline));
        }

        static (int, long, int, ulong, ulong, long) Of(HitTimeline timeline) =>
            (timeline.Shift, timeline.First, timeline.Slots, timeline.Earliest, timeline.Latest, timeline.Untimed);

        (MergedStacks, HitTimeline) Timed(int workers)
        {
            var (tree, timeline) = (new FlameTree(new NameTable()), new HitTimeline());
            Assert.Equal(blocks * HitBlockBuilder.Capacity, new TraceFolder(SyntheticTrace.Open(file.ToArray()), tree).Fold(workers, timeline: timeline));
            return (tree.Merge(), timeline);
        }
    }

    [Fact]
    public void Threads_and_processes_of_the_same_names_are_one_place_and_others_are_not()
    {
        byte[] file = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            int stack = d.Stack(new StackRow(d.Node(new NodeRow(0, d.Frame(new FrameRow(0, 0x1000, FrameFlags.None)))), 0, StackFlags.None));
            int shop = d.String("shop"), other = d.String("other");
            int one = d.Process(new ProcessRow(1, shop, 0, ProcessFlags.None));
            int same = d.Process(new ProcessRow(2, shop, 0, ProcessFlags.None));
            int child = d.Process(new ProcessRow(3, shop, same, ProcessFlags.None));
            int[] contexts =
            [
                d.Context(new ContextRow(10, shop, one, 0, 0)), d.Context(new ContextRow(11, shop, same, 0, 0)),
                d.Context(new ContextRow(12, other, one, 0, 0)), d.Context(new ContextRow(13, shop, child, 0, 0)),
                d.Context(new ContextRow(14, shop, one, d.Cgroup(new CgroupRow(1, d.String("/box"))), 0)),
                d.Context(new ContextRow(15, shop, 0, 0, 0)), 0, 1000,
            ];
            for (int i = 0; i < contexts.Length; i++)
                writer.AddHit((ulong)i + 1, 0, 1, contexts[i], stack);
        });
        Assert.Equal(
        [
            "CGROUP:[];UNKNOWN;UNKNOWN 2", "CGROUP:[];shop;UNKNOWN 1", "CGROUP:[];shop;other;UNKNOWN 1",
            "CGROUP:[];shop;shop;UNKNOWN 2", "CGROUP:[];shop;shop;shop;UNKNOWN 1", "CGROUP:[box];shop;shop;UNKNOWN 1",
        ],
        Fold(file, 1).Folded.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Stacks_that_share_nodes_keep_their_own_frames_and_deep_ones_those_nearest_to_the_leaf()
    {
        int[] depths = [1, 3, 2, 4000, TraceLimits.StackDepth, TraceLimits.StackDepth + 1, 5000, 4999];
        byte[] file = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            int[] frames = [.. Enumerable.Range(0, 3).Select(i =>
            {
                int frame = d.Frame(new FrameRow(0, (ulong)i + 1, FrameFlags.None));
                d.FrameSymbol(frame, d.Symbol(new SymbolRow(0, (ulong)i + 1, 1, d.String($"f{i}"), SymbolSource.SymTab)));
                return frame;
            })];
            int[] nodes = new int[5001];
            for (int depth = 1; depth < nodes.Length; depth++)
                nodes[depth] = d.Node(new NodeRow(nodes[depth - 1], frames[depth % 3]));
            for (int i = 0; i < depths.Length; i++)
                writer.AddHit((ulong)i + 1, 0, 1, 0, d.Stack(new StackRow(nodes[depths[i]], nodes[depths[^(i + 1)]], StackFlags.None)));
        });
        string[] expected = [.. depths.Select((depth, i) =>
            string.Join(';', [.. Names(depths[^(i + 1)]), .. Names(depth)]) + " 1")];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Fold(file, 1).Folded
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line["CGROUP:[];UNKNOWN;".Length..]).Order(StringComparer.Ordinal));

        static IEnumerable<string> Names(int depth) =>
            Enumerable.Range(1, depth).Select(i => $"f{i % 3}").Skip(Math.Max(0, depth - TraceLimits.StackDepth));
    }

    private const long Hits = 40 * 500;

    private static readonly byte[] s_file = Write();

    /// <summary>Many small blocks, so that every worker gets some.</summary>
    private static byte[] Write()
    {
        using var whole = new MemoryStream();
        TraceGenerator.Write(new TraceShape { Hits = 0, Stacks = 300, Threads = 30 }, whole);
        TraceReader names = SyntheticTrace.Open(whole.ToArray());
        var random = new Random(1);
        return SyntheticTrace.Write(writer =>
        {
            Copy(names.Definitions, writer.Definitions);
            for (int hit = 0; hit < Hits; hit++)
            {
                writer.AddHit((ulong)hit, hit % 2, 1, random.Next(35), random.Next(310));
                if (hit % 500 == 499)
                    writer.Flush();
            }
        });
    }

    private static void Copy(TraceDefinitions from, DefinitionWriter to)
    {
        for (int id = 1; id < from[TableId.Strings].Count; id++)
            to.String(from.String(id));
        for (int id = 1; id < from[TableId.Frames].Count; id++)
            to.Frame(from.Frame(id));
        for (int id = 1; id < from[TableId.Symbols].Count; id++)
            to.Symbol(from.Symbol(id));
        for (int id = 1; id < from[TableId.FrameSymbols].Count; id++)
            to.FrameSymbol(from[TableId.FrameSymbols].Reference(id, 0), from[TableId.FrameSymbols].Reference(id, 1));
        for (int id = 1; id < from[TableId.Nodes].Count; id++)
            to.Node(from.Node(id));
        for (int id = 1; id < from[TableId.Stacks].Count; id++)
            to.Stack(from.Stack(id));
        for (int id = 1; id < from[TableId.Processes].Count; id++)
            to.Process(from.Process(id));
        for (int id = 1; id < from[TableId.Contexts].Count; id++)
            to.Context(from.Context(id));
    }

    private static byte[] Damage(byte[] file, int blocks, Random random)
    {
        byte[] damaged = [.. file];
        IReadOnlyList<HitBlockPlace> places = SyntheticTrace.Open(file).HitBlocks;
        for (int i = 0; i < blocks; i++)
            damaged[places[random.Next(places.Count)].Offset + BlockHeader.Size + 5] ^= 0x55;
        return damaged;
    }

    private static (long Hits, string Folded, TraceDamage[] Damage) Fold(byte[] file, int workers)
    {
        TraceReader trace = SyntheticTrace.Open(file);
        var tree = new FlameTree(new NameTable());
        long hits = new TraceFolder(trace, tree).Fold(workers);
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(tree.Merge(), output);
        return (hits, Encoding.UTF8.GetString(output.WrittenSpan), [.. trace.Damage]);
    }
}
