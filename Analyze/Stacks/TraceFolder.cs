using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Folds a segment into a <see cref="FlameTree"/>: counts pairs of ids over all hits first, and looks at names and frames
/// only once for each distinct pair.
/// </summary>
/// <param name="filter">Which hits count; null for all.</param>
/// <param name="events">Told how many hits of each there were.</param>
/// <param name="roots">What the stacks grow from.</param>
public sealed class TraceFolder(
    TraceReader trace, FlameTree tree, SegmentFilter? filter = null, EventHits? events = null, StackRoots roots = StackRoots.Ancestry)
{
    private readonly PathsInTree _paths = new(trace.Definitions, tree);
    private readonly RootsInTree _roots = new(trace.Definitions, tree, roots);

    /// <summary>Folds every hit that can be read; returns how many.</summary>
    /// <param name="workers">Threads that decode and count; 0 for as many as there are processors. The result is the same.</param>
    /// <param name="from">Blocks before this offset of the file are left out.</param>
    public long Fold(int workers = 0, long from = 0)
    {
        SegmentCounts counts = SegmentCounts.Of(trace, new PlacesInGraph(trace.Definitions, roots), filter, workers, from);
        foreach ((int place, int stack, long count) in counts.Pairs.All())
            tree.Add(_roots.NoStack(_paths.Node(_roots.Node(place), stack)), count);
        events?.Add(trace.Definitions, counts.Events);
        return counts.Hits;
    }
}
