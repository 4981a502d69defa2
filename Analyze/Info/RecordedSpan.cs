using System.Globalization;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>
/// When the segments were recorded. Their monotonic clocks may be of different machines, so only wall-clock times are
/// compared, and the lengths are added up.
/// </summary>
public sealed class RecordedSpan
{
    private double _seconds;
    private ulong _from = ulong.MaxValue;
    private ulong _to;
    private bool _isAny;
    private bool _isTimed = true;
    private bool _isFromBoot = true;

    /// <param name="first">CLOCK_MONOTONIC ns of the first hit, for a segment without its totals.</param>
    /// <param name="last">The same of the last hit.</param>
    public void Add(TraceReader segment, ulong first, ulong last)
    {
        ulong start = segment.End.GetValueOrDefault(EndCounter.StartTime, first);
        ulong finish = segment.End.GetValueOrDefault(EndCounter.EndTime, last);
        var clock = new WallClock(segment.Definitions);
        _isAny = true;
        _isTimed &= clock.IsKnown;
        _isFromBoot &= !clock.IsKnown;
        _seconds += finish > start ? (finish - start) / 1e9 : 0;
        _from = Math.Min(_from, clock.Realtime(start));
        _to = Math.Max(_to, clock.Realtime(finish));
    }

    public override string ToString()
    {
        if (!_isAny)
            return "unknown";
        string length = string.Create(CultureInfo.InvariantCulture, $"{_seconds:0.000} s");
        if (_isTimed)
            return $"{Moment(_from)} to {Moment(_to)}, {length}";
        return !_isFromBoot ? length : string.Create(CultureInfo.InvariantCulture,
            $"{_from / 1e9:0.000} s to {_to / 1e9:0.000} s after boot (the date is not known), {length}");
    }

    private static string Moment(ulong realtime) =>
        DateTime.UnixEpoch.AddTicks((long)Math.Min(realtime / 100, long.MaxValue / 4)).ToString("yyyy-MM-dd HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
