using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Stacks;

/// <summary>Folding with the time of each hit, where the output shows when they came.</summary>
public sealed partial class TraceFolder
{
    /// <summary>Folds every hit that can be read, on one core, and tells when each came; returns how many.</summary>
    public long Fold(HitTimeline timeline)
    {
        var clock = new WallClock(_definitions);
        var nodes = new Dictionary<(int Place, int Stack), int>();
        var counts = new Dictionary<int, long>();
        long folded = 0;
        using var hits = new HitStream(_trace, _filter);
        for (ReadOnlySpan<Hit> some = hits.Read(); !some.IsEmpty; some = hits.Read())
            foreach (Hit hit in some)
            {
                int place = _places.Roots == StackRoots.Cpu ? hit.Cpu : _places.Of(hit.Context);
                if (!nodes.TryGetValue((place, hit.Stack), out int node))
                    nodes.Add((place, hit.Stack), node = Node(place, hit.Stack));
                _tree.Add(node, 1);
                timeline.Add(node, clock.Realtime(hit.Time) / 1000);
                counts[hit.Event] = counts.GetValueOrDefault(hit.Event) + 1;
                folded++;
            }

        _events?.Add(_definitions, counts);
        return folded;
    }
}
