using System.Runtime.InteropServices;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// When hits came, by node: counts in slots of equal length, which grows (always to the double) with the time between the first
/// hit and the last, so that memory has a bound. The same hits give the same slots in whatever order they come.
/// </summary>
public sealed class HitTimeline
{
    /// <summary>Slots at most; more than half of it where there is more than a microsecond for each.</summary>
    public const int MostSlots = 1024;

    /// <summary>With more counts than this slots grow further, down to <see cref="FewSlots"/>.</summary>
    private const int ManyCounts = 1 << 20;

    private const int FewSlots = 64;

    /// <summary>The end of the year 9999: no clock says more, and no calendar writes more.</summary>
    private const ulong LatestTime = 253_402_300_799_999_999;

    private Dictionary<(long Slot, int Node), long> _counts = [];
    private long _last = -1;

    /// <summary>Length of a slot: this power of two of microseconds.</summary>
    public int Shift { get; private set; }

    /// <summary>Number of the first slot that has a hit; slot n begins n lengths after 1970.</summary>
    public long First { get; private set; } = -1;

    /// <summary>How many slots there are, from the first with a hit to the last.</summary>
    public int Slots => First < 0 ? 0 : (int)(_last - First + 1);

    /// <summary>Microseconds since 1970 of the first hit; 0 where none has a time.</summary>
    public ulong Earliest { get; private set; }

    /// <summary>The same of the last.</summary>
    public ulong Latest { get; private set; }

    /// <summary>Hits that have no time, or none that a clock can have.</summary>
    public long Untimed { get; private set; }

    /// <summary>Counts hits.</summary>
    /// <param name="node">A node of the tree that is being filled.</param>
    /// <param name="microseconds">Since 1970; 0 for not known, as is anything after the year 9999.</param>
    public void Add(int node, ulong microseconds, long hits = 1)
    {
        if (microseconds is 0 or > LatestTime)
        {
            Untimed += hits;
            return;
        }
        Earliest = Earliest == 0 ? microseconds : Math.Min(Earliest, microseconds);
        Latest = Math.Max(Latest, microseconds);
        var slot = (long)microseconds >> Shift;
        First = First < 0 ? slot : Math.Min(First, slot);
        _last = Math.Max(_last, slot);
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, (slot, node), out var isKnown) += hits;
        if (isKnown)
            return;
        while (_last - First >= MostSlots || _counts.Count > ManyCounts && Slots > FewSlots)
            Double();
    }

    /// <summary>All counts in the order of their slots and then of their nodes in <paramref name="stacks"/>.</summary>
    /// <returns>For each the slot, counted from the first, the node of <paramref name="stacks"/>, and hits.</returns>
    public (int Slot, int Node, long Hits)[] Counts(MergedStacks stacks)
    {
        var counts = new (int Slot, int Node, long Hits)[_counts.Count];
        var next = 0;
        foreach (var ((slot, node), hits) in _counts)
            counts[next++] = ((int)(slot - First), stacks.Place(node), hits);
        Array.Sort(counts);
        return counts;
    }

    private void Double()
    {
        var doubled = new Dictionary<(long Slot, int Node), long>(_counts.Count);
        foreach (var ((slot, node), hits) in _counts)
            CollectionsMarshal.GetValueRefOrAddDefault(doubled, (slot >> 1, node), out _) += hits;
        _counts = doubled;
        Shift++;
        First >>= 1;
        _last >>= 1;
    }
}
