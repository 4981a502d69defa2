using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Import;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Top;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Live;

/// <summary>The hits of the last seconds, in slices of as long as somebody looks away.</summary>
/// <param name="windowNs">For how long a hit is shown.</param>
internal sealed class RecentHits(HitFilters filters, ulong windowNs)
{
    private readonly Queue<(ulong Time, MergedStacks Stacks)> _slices = [];
    private FlameTree _tree = new(new NameTable());
    private readonly EventSelection _selection = new([.. filters.Events]);
    private readonly HashSet<string> _names = [];
    private ulong? _oldest;

    /// <summary>Hits that were ever shown.</summary>
    public long All { get; private set; }

    /// <summary>Why no hit can be of the events that are wanted; null where they can.</summary>
    public string? Problem => _names.Count == 0 ? null : _selection.Problem(_names);

    /// <summary>What is watched, as far as its segments say it.</summary>
    public EventHits Events { get; } = new();

    /// <summary>
    /// Takes in a segment's blocks from an offset on. What was hit before the first look's window began is left out; all that comes
    /// later counts, and is shown for as long as its slice.
    /// </summary>
    /// <param name="now">CLOCK_MONOTONIC ns.</param>
    public void Add(TraceReader segment, long from, ulong now)
    {
        _oldest ??= now - Math.Min(now, windowNs);
        foreach (HitBlockPlace block in segment.HitBlocks)
        {
            // Blocks follow each other in time.
            if (block.Header.FirstTime < _oldest)
                from = Math.Max(from, block.Offset + 1);
        }

        SegmentFilter? filter = SegmentFilter.Of(segment.Definitions, filters, WantedEvents(segment.Definitions));
        All += new TraceFolder(segment, _tree, filter, Events, StackRoots.None).Fold(workers: 1, from);
    }

    private bool[]? WantedEvents(TraceDefinitions definitions)
    {
        if (_selection.IsAll)
            return null;
        string[] names = [.. Enumerable.Range(0, definitions[TableId.Events].Count).Select(id => PrintableText.Of(definitions.String(definitions.Event(id).Name)))];
        _names.UnionWith(names.Skip(1));
        return [.. names.Select(name => name.Length > 0 && _selection.Takes(name, names))];
    }

    /// <summary>The functions of the hits in the window that ends now.</summary>
    public HotFunctions Functions(ulong now)
    {
        // Also a look that met nothing was the first.
        _oldest ??= now - Math.Min(now, windowNs);
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
