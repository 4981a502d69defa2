using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// How long recordings that are folded together took, in two measures: as their traces tell, and from the first hit that was
/// folded to the last. Only the same measure of two recordings compares.
/// </summary>
public sealed class RecordedTime
{
    private double _told;
    private bool _isTold = true;
    private ulong _first = ulong.MaxValue;
    private ulong _last;

    /// <summary>Seconds that were recorded and that the filter's times want; null where a recording does not tell.</summary>
    public double? Told => _isTold ? _told : null;

    /// <summary>Seconds from the first hit to the last; 0 where no two hits tell.</summary>
    public double FirstToLast => _last > _first ? (_last - _first) / 1e6 : 0;

    /// <summary>Adds what a segment of a trace tells.</summary>
    /// <param name="filter">Which hits of it are folded; null for all.</param>
    public void Add(TraceReader segment, SegmentFilter? filter = null)
    {
        ulong start = segment.End.GetValueOrDefault(EndCounter.StartTime), end = segment.End.GetValueOrDefault(EndCounter.EndTime);
        _isTold &= start > 0 && end > start;
        if (filter is not { NeedsTimes: true })
        {
            _told += Seconds(start, end);
            return;
        }

        // Hits outside of these are not folded, so their time must not count either.
        foreach ((ulong from, ulong to) in filter.Times)
            _told += Seconds(Math.Max(from, start), to < end ? to + 1 : end);
    }

    /// <summary>Adds a recording that does not tell: the text of a report.</summary>
    public void AddUntold() => _isTold = false;

    /// <summary>Adds a hit, by microseconds since 1970; 0 for not known.</summary>
    public void AddHit(ulong microseconds)
    {
        if (microseconds == 0)
            return;
        _first = Math.Min(_first, microseconds);
        _last = Math.Max(_last, microseconds);
    }

    /// <summary>Adds the hits of a segment that were counted with their times.</summary>
    internal void AddHits(TraceDefinitions definitions, SegmentCounts counts)
    {
        if (counts.Hits == 0)
            return;
        var clock = new WallClock(definitions);
        // To the microsecond, as the text of a report has it.
        AddHit(clock.Realtime(counts.First) / 1000);
        AddHit(clock.Realtime(counts.Last) / 1000);
    }

    private static double Seconds(ulong start, ulong end) => end > start ? (end - start) / 1e9 : 0;
}
