using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Hits;

/// <summary>
/// Turns a segment's CLOCK_MONOTONIC into wall-clock time. Between two pairs of readings the difference of the clocks is
/// taken to change evenly, as it does when the wall clock is being slewed.
/// </summary>
public sealed class WallClock
{
    private readonly List<ClockRow> _pairs = [];

    public WallClock(TraceDefinitions definitions)
    {
        LoadedTable clocks = definitions[TableId.Clocks];
        for (int id = 1; id < clocks.Count; id++)
        {
            if (clocks.IsDefined(id))
                _pairs.Add(definitions.Clock(id));
        }

        _pairs.Sort((a, b) => a.Monotonic.CompareTo(b.Monotonic));
    }

    /// <summary>False when the trace has no pair: times then count from the recorded machine's boot.</summary>
    public bool IsKnown => _pairs.Count > 0;

    /// <summary>Ranges of CLOCK_MONOTONIC, ascending and without gaps, in each of which the wall clock only runs forwards or only backwards.</summary>
    public IEnumerable<(ulong From, ulong To)> Pieces
    {
        get
        {
            if (_pairs.Count == 0)
            {
                yield return (0, ulong.MaxValue);
                yield break;
            }

            // Not where the wall clock would be before 1970 or beyond what 64 bits hold.
            (ClockRow first, ClockRow last) = (_pairs[0], _pairs[^1]);
            ulong from = first.Monotonic - Math.Min(first.Monotonic, first.Realtime);
            foreach (ClockRow pair in _pairs)
            {
                if (pair.Monotonic > from)
                    yield return (from, pair.Monotonic - 1);
                from = pair.Monotonic;
            }

            yield return (from, from + Math.Min(ulong.MaxValue - from, ulong.MaxValue - last.Realtime));
        }
    }

    /// <summary>ns since 1970 UTC.</summary>
    public ulong Realtime(ulong monotonic)
    {
        if (_pairs.Count == 0)
            return monotonic;
        int after = FirstAfter(monotonic);
        if (after == 0 || after == _pairs.Count)
        {
            ClockRow near = _pairs[Math.Min(after, _pairs.Count - 1)];
            return near.Realtime + (monotonic - near.Monotonic);
        }

        (ClockRow from, ClockRow to) = (_pairs[after - 1], _pairs[after]);
        long drift = (long)(to.Realtime - to.Monotonic - (from.Realtime - from.Monotonic));
        double part = (double)(monotonic - from.Monotonic) / (to.Monotonic - from.Monotonic);
        return from.Realtime + (monotonic - from.Monotonic) + (ulong)(long)(drift * part);
    }

    /// <summary>Whether the wall clock is sure to run one way only between two moments.</summary>
    public bool IsOneWay(ulong from, ulong to) => FirstAfter(from) == FirstAfter(to);

    private int FirstAfter(ulong monotonic)
    {
        int low = 0, high = _pairs.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_pairs[middle].Monotonic <= monotonic)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
