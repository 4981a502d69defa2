using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Filters;

/// <summary>
/// The moments of CLOCK_MONOTONIC whose wall-clock time, as a report prints it, lies in a range. Found once for a segment, so that
/// a hit costs two comparisons. Mostly one interval; where the wall clock was set meanwhile there can be more.
/// </summary>
internal sealed class WantedTimes
{
    private const ulong NsPerUs = 1000;

    private readonly List<(ulong From, ulong To)> _intervals = [];

    /// <param name="from">Microseconds since 1970, the first that counts.</param>
    /// <param name="to">The last that counts.</param>
    public WantedTimes(WallClock clock, ulong from, ulong to)
    {
        foreach ((ulong start, ulong end) in clock.Pieces)
        {
            // Within a piece the wall clock runs one way: mostly forwards.
            bool forwards = clock.Realtime(start) <= clock.Realtime(end);
            ulong? first = First(start, end, time => forwards ? At(time) >= from : At(time) <= to);
            ulong? behind = First(start, end, time => forwards ? At(time) > to : At(time) < from);
            if (first is null || behind == start)
                continue;
            ulong last = behind - 1 ?? end;
            if (last >= first)
                Add(first.Value, last);
        }

        ulong At(ulong time) => clock.Realtime(time) / NsPerUs;
    }

    /// <summary>In ascending order, apart from each other.</summary>
    public IReadOnlyList<(ulong From, ulong To)> Intervals => _intervals;

    /// <summary>The last moment that counts; 0 where none does.</summary>
    public ulong Last => _intervals.Count == 0 ? 0 : _intervals[^1].To;

    /// <summary>Which intervals overlap with a range: from the first to the one before the second.</summary>
    public (int First, int End) Overlapping(ulong from, ulong to) =>
        (Before(from, byEnd: true), to == ulong.MaxValue ? _intervals.Count : Before(to + 1, byEnd: false));

    /// <summary>How many intervals end, or begin, before a moment.</summary>
    private int Before(ulong moment, bool byEnd)
    {
        int low = 0, high = _intervals.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if ((byEnd ? _intervals[middle].To : _intervals[middle].From) < moment)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void Add(ulong from, ulong to)
    {
        if (_intervals.Count > 0 && _intervals[^1].To + 1 == from)
            _intervals[^1] = (_intervals[^1].From, to);
        else
            _intervals.Add((from, to));
    }

    /// <summary>The first moment of a range for which something is true that stays true; null where it never is.</summary>
    private static ulong? First(ulong from, ulong to, Func<ulong, bool> isTrue)
    {
        if (!isTrue(to))
            return null;
        while (from < to)
        {
            ulong middle = from + (to - from) / 2;
            if (isTrue(middle))
                to = middle;
            else
                from = middle + 1;
        }

        return from;
    }
}
