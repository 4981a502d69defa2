using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Summary;

/// <summary>One row of a summary.</summary>
/// <param name="Id">Process or thread id; empty for what has none.</param>
/// <param name="Name">As it is shown.</param>
public readonly record struct SummaryRow(string Id, string Name, long Hits);

/// <summary>
/// Hits of segments, added up by what they have in common. What has the same name (and id, where it has one) is the same in
/// every segment.
/// </summary>
/// <param name="wanted">What is added up.</param>
public sealed class HitSummary(IReadOnlyCollection<SummaryBy> wanted)
{
    private readonly Dictionary<(SummaryBy By, string Id, string Name), long> _rows = [];
    private readonly FlameTree _stacks = new(new NameTable());

    /// <summary>Hits that were added up.</summary>
    public long Hits { get; private set; }

    /// <summary>Hits that the segments have.</summary>
    public long All { get; private set; }

    /// <summary>Hits that are missing from them.</summary>
    public LossCount Losses { get; } = new();

    /// <summary>Adds a segment's hits.</summary>
    /// <param name="filter">Which of them; null for all.</param>
    /// <param name="events">Told how many hits of each event there were.</param>
    public void Add(TraceReader segment, SegmentFilter? filter = null, EventHits? events = null)
    {
        TraceDefinitions definitions = segment.Definitions;
        Losses.Add(segment);
        All += segment.HitBlocks.Sum(block => (long)block.Header.Items);
        SegmentCounts counts = SegmentCounts.Of(segment, PlacesInGraph.OfContexts(definitions), filter);
        Hits += counts.Hits;
        events?.Add(definitions, counts.Events);
        var contexts = new Dictionary<int, long>();
        var stacks = new Dictionary<int, long>();
        foreach ((int context, int stack, long hits) in counts.Pairs.All())
        {
            CollectionsMarshal.GetValueRefOrAddDefault(contexts, context, out _) += hits;
            CollectionsMarshal.GetValueRefOrAddDefault(stacks, stack, out _) += hits;
        }

        foreach ((int context, long hits) in contexts)
            AddContext(definitions, definitions.Context(context), hits);
        if (wanted.Contains(SummaryBy.Event))
        {
            foreach ((int of, long hits) in counts.Events)
                Add(SummaryBy.Event, null, definitions.String(definitions.Event(of).Name), hits);
        }

        if (wanted.Contains(SummaryBy.Stack))
            AddStacks(definitions, stacks);
        if (wanted.Contains(SummaryBy.Cpu))
            AddCpus(segment, filter);
    }

    /// <summary>The rows with the most hits, those first; with what is left they add up to <see cref="Hits"/>.</summary>
    /// <param name="most">Rows at most.</param>
    /// <param name="left">How many more there are, and their hits.</param>
    public IReadOnlyList<SummaryRow> Rows(SummaryBy by, int most, out (int Rows, long Hits) left)
    {
        List<SummaryRow> rows;
        int all;
        if (by == SummaryBy.Stack)
        {
            rows = StackRows(most, out all);
        }
        else
        {
            rows = [.. _rows.Where(row => row.Key.By == by).Select(row => new SummaryRow(row.Key.Id, row.Key.Name, row.Value))
                .OrderByDescending(row => row.Hits).ThenBy(row => row.Name, StringComparer.Ordinal).ThenBy(row => row.Id, StringComparer.Ordinal)];
            all = rows.Count;
            rows = [.. rows.Take(most)];
        }

        left = (all - rows.Count, Hits - rows.Sum(row => row.Hits));
        return rows;
    }

    private void AddContext(TraceDefinitions definitions, in ContextRow context, long hits)
    {
        ProcessRow process = definitions.Process(context.Process);
        if (wanted.Contains(SummaryBy.Process))
            Add(SummaryBy.Process, process.Pid, definitions.String(process.Comm), hits);
        if (wanted.Contains(SummaryBy.Thread))
            Add(SummaryBy.Thread, context.Tid, definitions.String(context.Comm), hits);
        if (wanted.Contains(SummaryBy.Cgroup))
            Add(SummaryBy.Cgroup, null, definitions.String(definitions.Cgroup(context.Cgroup).Path), hits);
    }

    private void AddStacks(TraceDefinitions definitions, Dictionary<int, long> stacks)
    {
        var paths = new PathsInTree(definitions, _stacks);
        var roots = new RootsInTree(definitions, _stacks, StackRoots.None);
        foreach ((int stack, long hits) in stacks)
            _stacks.Add(roots.NoStack(paths.Node(FlameTree.Root, stack)), hits);
    }

    /// <summary>CPUs stand with the hits and not with their contexts, so that they are counted by themselves.</summary>
    private void AddCpus(TraceReader segment, SegmentFilter? filter)
    {
        SegmentCounts counts = SegmentCounts.Of(segment, new PlacesInGraph(segment.Definitions, StackRoots.Cpu), filter);
        var cpus = new Dictionary<int, long>();
        foreach ((int cpu, _, long hits) in counts.Pairs.All())
            CollectionsMarshal.GetValueRefOrAddDefault(cpus, cpu, out _) += hits;
        foreach ((int cpu, long hits) in cpus)
            Add(SummaryBy.Cpu, null, Encoding.ASCII.GetBytes(cpu.ToString(CultureInfo.InvariantCulture)), hits);
    }

    private void Add(SummaryBy by, uint? id, ReadOnlySpan<byte> name, long hits) => CollectionsMarshal.GetValueRefOrAddDefault(
        _rows, (by, id?.ToString(CultureInfo.InvariantCulture) ?? "", name.IsEmpty ? "UNKNOWN" : PrintableText.Of(name)), out _) += hits;

    /// <summary>A stack can be long: only those that are shown become text.</summary>
    private List<SummaryRow> StackRows(int most, out int all)
    {
        MergedStacks stacks = _stacks.Merge();
        int[] nodes = [.. Enumerable.Range(0, stacks.Count).Where(node => stacks.Self(node) > 0)];
        all = nodes.Length;
        return [.. nodes.OrderByDescending(stacks.Self).Take(most).Select(node => new SummaryRow("", Path(stacks, node), stacks.Self(node)))];
    }

    /// <summary>The functions of a stack, the leaf first.</summary>
    private static string Path(MergedStacks stacks, int node)
    {
        var path = new StringBuilder();
        for (; node != FlameTree.Root; node = stacks.Parent(node))
            path.Append(path.Length == 0 ? "" : " < ").Append(Encoding.UTF8.GetString(stacks.Name(node)));
        return path.ToString();
    }
}
