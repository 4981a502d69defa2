using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Summary;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Summary;

public class HitSummaryTests
{
    private static TraceReader Trace(uint pid) => SyntheticTrace.Open(SyntheticTrace.Write(writer =>
    {
        DefinitionWriter d = writer.Definitions;
        int[] events = [d.Event(new EventRow(d.String("kprobe:a"), EventKind.Kprobe, 1)), d.Event(new EventRow(d.String("kprobe:b"), EventKind.Kprobe, 1))];
        int frame = d.Frame(new FrameRow(0, 1, FrameFlags.None));
        d.FrameSymbol(frame, d.Symbol(new SymbolRow(0, 0, 9, d.String("leaf"), SymbolSource.SymTab)));
        int outer = d.Node(new NodeRow(0, d.Frame(new FrameRow(0, 2, FrameFlags.None))));
        int stack = d.Stack(new StackRow(d.Node(new NodeRow(outer, frame)), 0, StackFlags.None));
        int shop = d.Process(new ProcessRow(pid, d.String("shop"), 0, ProcessFlags.None)), init = d.Process(new ProcessRow(1, d.String("in\nit"), 0, ProcessFlags.None));
        int box = d.Cgroup(new CgroupRow(0, d.String("/box")));
        int worker = d.Context(new ContextRow(11, d.String("worker"), shop, box, 0)), main = d.Context(new ContextRow(10, d.String("shop"), shop, box, 0));
        int other = d.Context(new ContextRow(1, d.String("init"), init, 0, 0));
        writer.AddHit(1, 0, events[0], worker, stack);
        writer.AddHit(2, 7, events[0], worker, stack);
        writer.AddHit(3, 7, events[1], main, 0);
        writer.AddHit(4, 7, events[0], other, stack);
        d.Loss(new LossRow(1, 0, 0, LossReason.RingFull, 5));
    }));

    private static IEnumerable<string> Rows(HitSummary summary, SummaryBy by) => summary.Rows(by, int.MaxValue, out _).Select(row => $"{row.Hits} {row.Id} {row.Name}");

    [Fact]
    public void Hits_of_all_segments_are_added_up_by_each_thing_and_come_to_the_same_total()
    {
        var summary = new HitSummary(Enum.GetValues<SummaryBy>());
        summary.Add(Trace(10));
        summary.Add(Trace(20));
        Assert.Equal((8, 8, 10UL), (summary.Hits, summary.All, summary.Losses.Lost));
        Assert.Equal(["3 10 shop", "3 20 shop", "2 1 in\\x0ait"], Rows(summary, SummaryBy.Process));
        Assert.Equal(["4 11 worker", "2 1 init", "2 10 shop"], Rows(summary, SummaryBy.Thread));
        Assert.Equal(["6  /box", "2  UNKNOWN"], Rows(summary, SummaryBy.Cgroup));
        Assert.Equal(["6  7", "2  0"], Rows(summary, SummaryBy.Cpu));
        Assert.Equal(["6  kprobe:a", "2  kprobe:b"], Rows(summary, SummaryBy.Event));
        Assert.Equal(["6  leaf < UNKNOWN", "2  (no stack)"], Rows(summary, SummaryBy.Stack));
    }

    [Fact]
    public void What_is_left_out_of_a_table_is_counted()
    {
        var summary = new HitSummary(Enum.GetValues<SummaryBy>());
        summary.Add(Trace(10));
        summary.Add(Trace(20));
        Assert.All(Enum.GetValues<SummaryBy>(), by =>
        {
            int all = summary.Rows(by, int.MaxValue, out (int Rows, long Hits) none).Count;
            Assert.Equal((0, 0L), none);
            SummaryRow first = Assert.Single(summary.Rows(by, 1, out (int Rows, long Hits) left));
            Assert.Equal((all - 1, summary.Hits - first.Hits), left);
        });
    }

    [Fact]
    public void A_filter_counts_in_every_table()
    {
        var summary = new HitSummary(Enum.GetValues<SummaryBy>());
        TraceReader trace = Trace(10);
        summary.Add(trace, SegmentFilter.Of(trace.Definitions, new HitFilters { Pids = [11], Cpus = CpuRanges.Parse("7", out _) }));
        Assert.Equal((1, 4), (summary.Hits, summary.All));
        Assert.All(Enum.GetValues<SummaryBy>(), by => Assert.Equal(1, Assert.Single(summary.Rows(by, int.MaxValue, out _)).Hits));
    }
}
