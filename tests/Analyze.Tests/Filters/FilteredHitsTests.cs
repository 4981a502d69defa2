using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Filters;

/// <summary>Random traces and filters: what is left is what looking at each hit by itself leaves, whichever way it is read.</summary>
public class FilteredHitsTests
{
    private const ulong Ns = 1000;

    private static readonly string[] s_comms = ["shop", "bash", "shop\n", ""];
    private static readonly string[] s_cgroups = ["/", "/a/web", "/b/web", "/a", "/a/web/one", ""];
    private static readonly string[] s_frames = ["vfs_read", "vfs_write", "main", "_ZN3foo3barEv", ""];

    private static readonly Gen<HitFilters> s_filters = Gen.Select(
        Some(s_comms.Where(comm => comm.Length > 0).Select(comm => PrintableText.Of(Encoding.UTF8.GetBytes(comm)))), Some([1u, 2u, 3u, 4u]),
        Some([10u, 11u, 12u]), Some(["/", "web", "/a", "/a/", "/a/web", "one"]), Gen.Int[0, 3], Gen.Select(Time, Time), Some(["^vfs_", "foo::bar", "."]), Some(["write", "UNKNOWN"]),
        (comms, pids, tgids, cgroups, cpus, times, include, exclude) => new HitFilters
        {
            Comms = comms,
            Pids = pids,
            Tgids = tgids,
            Cgroups = [.. cgroups.Select(text => new CgroupPattern(text))],
            Cpus = cpus == 0 ? null : CpuRanges.Parse(cpus == 1 ? "0" : cpus == 2 ? "1-2" : "3,0", out _),
            From = times.Item1,
            To = times.Item2,
            Frames = FramePatterns.Of(include, exclude),
        });

    private static Gen<Moment?> Time => Gen.Frequency(
        (3, Gen.Const((Moment?)null)), (1, Gen.ULong[0, 60].Select(us => (Moment?)new Moment(true, us))),
        (1, Gen.ULong[0, 60].Select(us => (Moment?)new Moment(false, 5_000_000_000 + us))));

    private static Gen<T[]> Some<T>(IEnumerable<T> values)
    {
        T[] all = [.. values];
        return Gen.Frequency((3, Gen.Const(Array.Empty<T>())), (1, Gen.Int[0, all.Length - 1].Select(i => all[i]).Array[1, 2]));
    }

    [Fact]
    public void Each_way_of_reading_leaves_the_hits_that_fit() =>
        Gen.Select(Gen.Int, Gen.Int[1, 400], s_filters).Sample((seed, hits, filters) =>
        {
            // Within a moment, where times decide, or over so long that slots of a timeline hold many hits.
            byte[] file = Trace(new Random(seed), hits, scale: seed % 2 == 0 ? 1UL : 50_000);
            TraceReader trace = SyntheticTrace.Open(file);
            Hit[] all = Read(trace, null);
            Hit[] expected = [.. all.Where(hit => Fits(trace.Definitions, hit, filters, First(trace.Definitions, all)))];
            SegmentFilter? filter = SegmentFilter.Of(trace.Definitions, filters, null, First(trace.Definitions, all));
            Assert.Equal(expected, Read(trace, filter));
            foreach (StackRoots roots in Enum.GetValues<StackRoots>())
            {
                var tree = new FlameTree(new NameTable());
                Assert.Equal(expected.Length, new TraceFolder(trace, tree, filter, null, roots).Fold(workers: 2));
                Assert.Equal(expected.Length, tree.Merge().Hits);
                var (timed, timeline) = (new FlameTree(new NameTable()), new HitTimeline());
                Assert.Equal(expected.Length, new TraceFolder(trace, timed, filter, null, roots).Fold(1 + hits % 4, timeline: timeline));
                Assert.Equal(Folded(tree), Folded(timed));
                Assert.Equal(OneByOne(trace.Definitions, expected), Slots(timeline, timed.Merge()));
            }
        }, iter: 400);

    /// <summary>The timeline to which each hit is told with its time, without regard to stacks.</summary>
    private static (int Shift, long First, ulong Earliest, ulong Latest, long Untimed, string Slots) OneByOne(TraceDefinitions definitions, Hit[] hits)
    {
        var (tree, timeline, clock) = (new FlameTree(new NameTable()), new HitTimeline(), new WallClock(definitions));
        foreach (Hit hit in hits)
            timeline.Add(FlameTree.Root, clock.Realtime(hit.Time) / 1000);
        return Slots(timeline, tree.Merge());
    }

    private static (int Shift, long First, ulong Earliest, ulong Latest, long Untimed, string Slots) Slots(HitTimeline timeline, MergedStacks stacks) =>
        (timeline.Shift, timeline.First, timeline.Earliest, timeline.Latest, timeline.Untimed,
            string.Join(' ', timeline.Counts(stacks).GroupBy(count => count.Slot).Select(slot => $"{slot.Key}:{slot.Sum(count => count.Hits)}")));

    [Fact]
    public void The_text_of_a_report_leaves_the_same_where_it_tells() =>
        Gen.Select(Gen.Int, Gen.Int[1, 200], s_filters).Sample((seed, hits, filters) =>
        {
            filters = filters with { Tgids = [], Cpus = null, Cgroups = [.. filters.Cgroups.Where(cgroup => !cgroup.NeedsPath)] };
            Assert.Null(TextFilter.Unanswerable(filters));
            TraceReader trace = SyntheticTrace.Open(Trace(new Random(seed), hits));
            Hit[] all = Read(trace, null);
            SegmentFilter? filter = SegmentFilter.Of(trace.Definitions, filters, null, First(trace.Definitions, all));
            var report = new ArrayBufferWriter<byte>();
            new TraceReport(trace).Write(report);
            foreach (StackRoots roots in (StackRoots[])[StackRoots.Ancestry, StackRoots.Thread])
            {
                var fromTrace = new FlameTree(new NameTable());
                new TraceFolder(trace, fromTrace, filter, null, roots).Fold();
                var fromText = new FlameTree(new NameTable());
                new ReportFolder(fromText, new ReportDamage(), TextFilter.Of(filters), roots).Fold(new MemoryStream(report.WrittenSpan.ToArray()));
                Assert.Equal(Folded(fromTrace), Folded(fromText));
            }
        }, iter: 200);

    [Fact]
    public void Both_ends_of_a_range_of_times_belong_to_it_to_the_nanosecond()
    {
        TraceReader trace = SyntheticTrace.Open(SyntheticTrace.Write(writer =>
        {
            foreach (ulong time in (ulong[])[0, 1999, 2000, 2001, 3998, 3999, 4000])
                writer.AddHit(time, 0, 1, 0, 0);
            writer.Flush();
            writer.AddHit(3999, 0, 1, 0, 0);
            writer.Flush();
            writer.AddHit(4000, 0, 1, 0, 0);
        }));
        ulong[] Times(Moment? from, Moment? to) =>
            [.. Read(trace, SegmentFilter.Of(trace.Definitions, new HitFilters { From = from, To = to })).Select(hit => hit.Time)];
        Assert.Equal([2000, 2001, 3998, 3999, 3999], Times(new Moment(false, 2), new Moment(false, 3)));
        Assert.Equal([4000, 4000], Times(new Moment(true, 4), null));
        Assert.Equal([0, 1999], Times(null, new Moment(true, 1)));
        Assert.Empty(Times(new Moment(false, 5), new Moment(false, 5)));
    }

    [Theory]
    [InlineData("--event", "event")]
    [InlineData("--tgid", "process")]
    [InlineData("--cpu", "CPU")]
    [InlineData("--cgroup", "path")]
    public void What_the_text_does_not_tell_is_said(string option, string what)
    {
        HitFilters filters = option switch
        {
            "--event" => new HitFilters { Events = ["x"] },
            "--tgid" => new HitFilters { Tgids = [1] },
            "--cpu" => new HitFilters { Cpus = CpuRanges.Parse("0", out _) },
            _ => new HitFilters { Cgroups = [new CgroupPattern("/a/b")] },
        };
        string said = TextFilter.Unanswerable(filters)!;
        Assert.Contains(option, said, StringComparison.Ordinal);
        Assert.Contains(what, said, StringComparison.Ordinal);
    }

    /// <summary>Hit by hit, by the words of the documentation and nothing that the filter itself uses.</summary>
    private static bool Fits(TraceDefinitions d, Hit hit, HitFilters filters, ulong first)
    {
        ContextRow context = d.Context(hit.Context);
        ProcessRow process = d.Process(context.Process);
        string comm = PrintableText.Of(d.String(process.Comm)), path = Encoding.UTF8.GetString(d.String(d.Cgroup(context.Cgroup).Path));
        if (comm.Length == 0)
            comm = "UNKNOWN";
        ulong us = new WallClock(d).Realtime(hit.Time) / Ns;
        List<string> names = [];
        StackRow stack = d.Stack(hit.Stack);
        for (int node = stack.Kernel; node != 0; node = d.Node(node).Parent)
            names.Add(Name(d, d.Node(node).Frame));
        for (int node = stack.User; node != 0; node = d.Node(node).Parent)
            names.Add(Name(d, d.Node(node).Frame));
        return (filters.Comms.Count == 0 || (context.Process != 0 && filters.Comms.Contains(comm)))
            && (filters.Pids.Count == 0 || filters.Pids.Contains(context.Tid))
            && (filters.Tgids.Count == 0 || filters.Tgids.Contains(process.Pid))
            && (filters.Cgroups.Count == 0 || filters.Cgroups.Any(cgroup => cgroup.Matches(Encoding.UTF8.GetBytes(path))))
            && filters.Cpus?.Contains(hit.Cpu) is not false
            && (filters.From is not { } from || us >= (from.IsRelative ? first + from.Microseconds : from.Microseconds))
            && (filters.To is not { } to || us <= (to.IsRelative ? first + to.Microseconds : to.Microseconds))
            && (filters.Frames is not { } frames || frames.Wants(names.Aggregate(FrameMarks.None, (marks, name) => marks | frames.Of(Encoding.UTF8.GetBytes(name)))));
    }

    private static string Name(TraceDefinitions d, int frame)
    {
        string name = Encoding.UTF8.GetString(new FrameSymbols(d).Name(frame));
        return name.Length == 0 ? "UNKNOWN" : name.Replace("_ZN3foo3barEv", "foo::bar", StringComparison.Ordinal);
    }

    private static ulong First(TraceDefinitions d, Hit[] all) => new WallClock(d).Realtime(all[0].Time) / Ns;

    private static Hit[] Read(TraceReader trace, SegmentFilter? filter)
    {
        using var stream = new HitStream(trace, filter);
        List<Hit> all = [];
        for (ReadOnlySpan<Hit> hits = stream.Read(); !hits.IsEmpty; hits = stream.Read())
            all.AddRange(hits);
        return [.. all];
    }

    /// <summary>The wall clock is set back and forth a little while it is recorded.</summary>
    private static byte[] Trace(Random random, int hits, ulong scale = 1) => SyntheticTrace.Write(writer =>
    {
        DefinitionWriter d = writer.Definitions;
        for (ulong i = 0; i < 4; i++)
            d.Clock(new ClockRow(scale * 20_000 * i + 7, 5_000_000_000_000 + scale * (15_000 * i + (ulong)random.Next(12_000))));
        int kernel = d.Module(new ModuleRow(ModuleKind.Kernel, d.String("kernel"), 0, 0, 0, 0));
        int[] frames = [.. s_frames.Select((name, i) =>
        {
            int frame = d.Frame(new FrameRow(kernel, (ulong)i + 1, FrameFlags.None));
            if (name.Length > 0)
                d.FrameSymbol(frame, d.Symbol(new SymbolRow(kernel, (ulong)i, 1, d.String(name), SymbolSource.Kallsyms)));
            return frame;
        })];
        int[] contexts = [.. Enumerable.Range(0, 9).Select(_ =>
        {
            int process = random.Next(6) == 0 ? 0 : d.Process(new ProcessRow((uint)random.Next(10, 13), d.String(Pick(s_comms)), 0, ProcessFlags.None));
            string path = Pick(s_cgroups);
            return d.Context(new ContextRow((uint)random.Next(1, 5), d.String(Pick(s_comms)), process, path.Length == 0 ? 0 : d.Cgroup(new CgroupRow(0, d.String(path))), 0));
        })];
        int[] stacks = [.. Enumerable.Range(0, 12).Select(_ => d.Stack(new StackRow(random.Next(3) == 0 ? 0 : Half(), Half(user: true), StackFlags.None)))];
        ulong time = 0;
        for (int i = 0; i < hits; i++)
        {
            time += scale * (ulong)random.Next(600);
            writer.AddHit(time, random.Next(4), 1, contexts[random.Next(contexts.Length)], stacks[random.Next(stacks.Length)]);
            if (random.Next(40) == 0)
                writer.Flush();
        }

        string Pick(string[] of) => of[random.Next(of.Length)];

        int Half(bool user = false)
        {
            int node = 0;
            // Mangled names are a program's only.
            for (int depth = random.Next(4); depth > 0; depth--)
                node = d.Node(new NodeRow(node, frames[random.Next(user ? 5 : 3)]));
            return node;
        }
    });

    private static string Folded(FlameTree tree)
    {
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(tree.Merge(), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
