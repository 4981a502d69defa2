using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>How long recordings that are folded together took: what their traces say, or from the first hit to the last where one does not.</summary>
public sealed class RecordedTime
{
    private double _seconds;
    private bool _isTold = true;

    /// <summary>Adds a segment of a trace.</summary>
    public void Add(TraceReader segment)
    {
        ulong start = segment.End.GetValueOrDefault(EndCounter.StartTime), end = segment.End.GetValueOrDefault(EndCounter.EndTime);
        _isTold &= start > 0 && end > start;
        _seconds += end > start ? (end - start) / 1e9 : 0;
    }

    /// <summary>Adds a recording that does not tell: the text of a report.</summary>
    public void AddUntold() => _isTold = false;

    /// <summary>Seconds; 0 where nothing tells.</summary>
    /// <param name="hits">When the hits came.</param>
    public double Seconds(HitTimeline hits) => _isTold ? _seconds : (hits.Latest - hits.Earliest) / 1e6;
}
