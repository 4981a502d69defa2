using System.Buffers;
using Diagnose.Analyze.Hits;

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

    /// <summary>With more than this they grow until there is only one.</summary>
    private const int MostCounts = 2 * ManyCounts;

    private const int FewSlots = 32;

    /// <summary>Memory that one which was taken over keeps, in slots of its table.</summary>
    private const int KeptSlots = 1 << 16;

    /// <summary>The end of the year 9999: no clock says more, and no calendar writes more.</summary>
    private const ulong LatestTime = 253_402_300_799_999_999;

    /// <summary>By slot, counted from that of <see cref="_origin"/>, and node.</summary>
    private readonly PairCounts _counts = new();
    private long _origin;
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
        if (!IsTime(microseconds))
        {
            Untimed += hits;
            return;
        }
        Meet(microseconds, microseconds);
        Add((long)microseconds >> Shift, node, hits);
    }

    /// <summary>Counts hits of which <see cref="Meet"/> was told.</summary>
    /// <param name="microseconds">A time in their slot; or none, as theirs.</param>
    internal void AddMet(int node, ulong microseconds, long hits)
    {
        if (IsTime(microseconds))
            Add((long)microseconds >> Shift, node, hits);
        else
            Untimed += hits;
    }

    /// <summary>Takes over what another one counted, of nodes of the same tree. Its slots are as long as these from then on.</summary>
    public void Take(HitTimeline other)
    {
        Untimed += other.Untimed;
        if (other.First >= 0)
        {
            Meet(other.Earliest, other.Latest);
            while (Shift < other.Shift)
                Double();
            var origin = other._origin >> other.Shift;
            foreach (var (slot, node, hits) in other._counts.All())
                Add(origin + slot >> Shift - other.Shift, node, hits);
        }

        other._counts.Clear(KeptSlots);
        (other.Untimed, other.Earliest, other.Latest, other.First, other._last, other.Shift) = (0, 0, 0, -1, -1, Shift);
    }

    /// <summary>How many counts there are.</summary>
    internal int Count => _counts.Count;

    /// <summary>All counts in the order of their slots and then of their nodes in <paramref name="stacks"/>.</summary>
    /// <returns>For each the slot, counted from the first, the node of <paramref name="stacks"/>, and hits.</returns>
    public (int Slot, int Node, long Hits)[] Counts(MergedStacks stacks)
    {
        var counts = new (int Slot, int Node, long Hits)[_counts.Count];
        var toFirst = (int)(First - (_origin >> Shift));
        var next = 0;
        foreach (var (slot, node, hits) in _counts.All())
            counts[next++] = (slot - toFirst, stacks.Place(node), hits);
        Array.Sort(counts);
        return counts;
    }

    /// <summary>
    /// Whether all moments between two lie in one slot and have a time or have none together, where the clock only runs one way
    /// between them.
    /// </summary>
    internal bool IsOneSlot(ulong first, ulong last) =>
        first == last || IsTime(first) && IsTime(last) && first >> Shift == last >> Shift;

    /// <summary>Whether that is a time that a clock can have.</summary>
    internal static bool IsTime(ulong microseconds) => microseconds is > 0 and <= LatestTime;

    /// <summary>Takes moments of hits into account that are counted, with others of their slot, under one of them.</summary>
    internal void Meet(ulong first, ulong last)
    {
        if (!IsTime(first) || !IsTime(last))
            return;
        var (earliest, latest) = (Math.Min(first, last), Math.Max(first, last));
        if (First < 0)
        {
            _origin = (long)first;
            (Earliest, First, _last) = (earliest, (long)earliest >> Shift, (long)latest >> Shift);
        }
        Earliest = Math.Min(Earliest, earliest);
        Latest = Math.Max(Latest, latest);
        First = Math.Min(First, (long)earliest >> Shift);
        _last = Math.Max(_last, (long)latest >> Shift);
        while (_last - First >= MostSlots)
            Double();
    }

    private void Add(long slot, int node, long hits)
    {
        _counts.Add((int)(slot - (_origin >> Shift)), node, hits);
        while (_counts.Count > MostCounts && Slots > 1 || _counts.Count > ManyCounts && Slots > FewSlots)
            Double();
    }

    private void Double()
    {
        long origin = _origin >> Shift, doubledOrigin = origin >> 1;
        // Through an array, which is much smaller than a second table would be.
        var counts = ArrayPool<(int Slot, int Node, long Hits)>.Shared.Rent(_counts.Count);
        var count = 0;
        foreach (var one in _counts.All())
            counts[count++] = one;
        _counts.Clear();
        foreach (var (slot, node, hits) in counts.AsSpan(0, count))
            _counts.Add((int)((origin + slot >> 1) - doubledOrigin), node, hits);
        ArrayPool<(int, int, long)>.Shared.Return(counts);
        Shift++;
        First >>= 1;
        _last >>= 1;
    }
}
