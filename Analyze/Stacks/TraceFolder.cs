using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Folds a segment into a <see cref="FlameTree"/>: counts pairs of ids over all hits first, and looks at names and frames
/// only once for each distinct pair.
/// </summary>
public sealed class TraceFolder
{
    private readonly TraceReader _trace;
    private readonly TraceDefinitions _definitions;
    private readonly FlameTree _tree;
    private readonly SegmentFilter? _filter;
    private readonly EventHits? _events;
    private readonly PlacesInGraph _places;
    private readonly RootsInTree _roots;
    private readonly PathsInTree _paths;

    /// <param name="filter">Which hits count; null for all.</param>
    /// <param name="events">Told how many hits of each there were.</param>
    /// <param name="roots">What the stacks grow from.</param>
    public TraceFolder(
        TraceReader trace, FlameTree tree, SegmentFilter? filter = null, EventHits? events = null, StackRoots roots = StackRoots.Ancestry)
    {
        _trace = trace;
        _definitions = trace.Definitions;
        _tree = tree;
        _filter = filter;
        _events = events;
        _places = new PlacesInGraph(_definitions, roots);
        _roots = new RootsInTree(_definitions, tree, roots);
        _paths = new PathsInTree(_definitions, tree);
    }

    /// <summary>Folds every hit that can be read; returns how many.</summary>
    /// <param name="workers">Threads that decode and count; 0 for as many as there are processors. The result is the same.</param>
    /// <param name="from">Blocks before this offset of the file are left out.</param>
    /// <param name="recorded">Told when the first hit was, and the last.</param>
    /// <param name="timeline">Told when each hit was.</param>
    public long Fold(int workers = 0, long from = 0, RecordedTime? recorded = null, HitTimeline? timeline = null)
    {
        var clock = new WallClock(_definitions);
        SegmentCounts counts = SegmentCounts.Of(
            _trace, _places, _filter, workers, from, withTimes: recorded is not null,
            timeline is null ? null : () => new SlotCounter(timeline, clock, NodeForAny));
        recorded?.AddHits(_definitions, counts);
        foreach ((int place, int stack, long count) in counts.Pairs.All())
            _tree.Add(Node(place, stack), count);
        _events?.Add(_definitions, counts.Events);
        return counts.Hits;
    }

    /// <summary>The same for any thread.</summary>
    private int NodeForAny(int place, int stack)
    {
        lock (_tree)
            return Node(place, stack);
    }

    private int Node(int place, int stack) => _roots.NoStack(_paths.Node(_roots.Node(place), stack));
}
