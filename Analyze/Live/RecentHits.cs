using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Top;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Live;

/// <summary>The hits of the last seconds, in slices of as long as somebody looks away.</summary>
/// <param name="windowNs">For how long a hit is shown.</param>
internal sealed class RecentHits(HitFilters filters, ulong windowNs)
{
    private readonly Queue<(ulong Time, MergedStacks Stacks)> _slices = [];
    private FlameTree _tree = new(new NameTable());
    private ulong _oldest;

    /// <summary>Hits that were ever shown.</summary>
    public long All { get; private set; }

    /// <summary>What is watched, as far as its segments say it.</summary>
    public EventHits Events { get; } = new();

    /// <summary>Takes in a segment's blocks from an offset on. What was hit before the window began is not shown.</summary>
    /// <param name="now">CLOCK_MONOTONIC ns.</param>
    public void Add(TraceReader segment, long from, ulong now)
    {
        _oldest = now - Math.Min(now, windowNs);
        foreach (HitBlockPlace block in segment.HitBlocks)
        {
            // Blocks follow each other in time, and only the first look meets old ones.
            if (block.Header.FirstTime < _oldest)
                from = Math.Max(from, block.Offset + 1);
        }

        SegmentFilter? filter = SegmentFilter.Of(segment.Definitions, filters);
        All += new TraceFolder(segment, _tree, filter, Events, StackRoots.None).Fold(workers: 1, from);
    }

    /// <summary>The functions of the hits in the window that ends now.</summary>
    public HotFunctions Functions(ulong now)
    {
        _slices.Enqueue((now, _tree.Merge()));
        // Names of their own in each slice: what nobody shows any more is forgotten.
        _tree = new FlameTree(new NameTable());
        while (_slices.Count > 1 && _slices.Peek().Time + windowNs < now)
            _slices.Dequeue();
        var functions = new HotFunctions();
        foreach ((_, MergedStacks stacks) in _slices)
            functions.Add(stacks);
        return functions;
    }
}
