using System.Runtime.InteropServices;
using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Counts hits for a <see cref="HitTimeline"/> that several threads count for, at first into one of its own. Hits in a row that one
/// slot holds are found by the ends of their row, and counted together.
/// </summary>
/// <param name="timeline">What all count for; locked while something is added.</param>
/// <param name="node">The node of a place and stack; asked once for each pair, from whichever thread this counts on.</param>
internal sealed class SlotCounter(HitTimeline timeline, WallClock clock, Func<int, int, int> node)
{
    /// <summary>Counts that stay in the processor's cache.</summary>
    private const int MostCounts = 1 << 14;

    private readonly Dictionary<(int Place, int Stack), int> _nodes = [];
    private readonly HitTimeline _own = new();

    /// <summary>Microseconds since 1970 of a hit, 0 for not known.</summary>
    public ulong Time(ulong monotonic) => clock.Realtime(monotonic) / 1000;

    /// <summary>How many of ascending times, from the first on, are sure to lie in one slot: at least one.</summary>
    public int InOneSlot(ReadOnlySpan<ulong> times)
    {
        int count = times.Length;
        while (!(clock.IsOneWay(times[0], times[count - 1]) && _own.IsOneSlot(Time(times[0]), Time(times[count - 1]))))
            count = (count + 1) / 2;
        return count;
    }

    /// <summary>When the slot of a time begins as the slots are now, which stays within one slot when they grow; -1 for no time.</summary>
    public long SlotOf(ulong time) => HitTimeline.IsTime(time) ? (long)(time >> _own.Shift << _own.Shift) : -1;

    /// <summary>Tells of the first and the last of hits that are counted under one's time.</summary>
    public void Meet(ulong first, ulong last) => _own.Meet(Time(first), Time(last));

    /// <summary>Adds hits of several stacks of one place.</summary>
    /// <param name="time">Of one of them, µs since 1970; the others are in its slot.</param>
    /// <param name="places">Which of <paramref name="stacks"/>, each once.</param>
    /// <param name="hits">For each of <paramref name="stacks"/>.</param>
    public void Add(int place, ulong time, ReadOnlySpan<int> stacks, ReadOnlySpan<int> places, ReadOnlySpan<int> hits)
    {
        foreach (int of in places)
        {
            ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, (place, stacks[of]), out bool isKnown);
            if (!isKnown)
                known = node(place, stacks[of]);
            _own.AddMet(known, time, hits[of]);
        }
    }

    /// <summary>A block is done: adds its counts to those of all when they are many.</summary>
    public void EndBlock()
    {
        if (_own.Count > MostCounts)
            End();
    }

    /// <summary>Adds what is left.</summary>
    public void End()
    {
        lock (timeline)
            timeline.Take(_own);
    }
}
