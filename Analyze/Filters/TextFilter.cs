using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Filters;

/// <summary><see cref="HitFilters"/> on hits as the text of a report has them, which tells less of each than a trace does.</summary>
public sealed class TextFilter
{
    private const ulong PerSecond = 1_000_000;

    private readonly HitFilters _filters;
    private readonly byte[][] _comms;
    private readonly List<FrameMarks> _byName = [];
    private ulong? _firstHit;
    private ulong _from;
    private ulong _to;

    private TextFilter(HitFilters filters)
    {
        _filters = filters;
        _comms = [.. filters.Comms.Select(SegmentFilter.CommName)];
    }

    /// <summary>Null where every hit is wanted.</summary>
    public static TextFilter? Of(HitFilters filters) => filters.IsAny ? new TextFilter(filters) : null;

    /// <summary>Why the text cannot tell which hits are wanted; null when it can.</summary>
    public static string? Unanswerable(HitFilters filters)
    {
        (string Option, string What)? missing = filters.Events.Count > 0 ? ("--event", "of which event a hit is")
            : filters.Tgids.Count > 0 ? ("--tgid", "which process a hit's thread belongs to")
            : filters.Cpus is not null ? ("--cpu", "on which CPU a hit was")
            : filters.Cgroups.Any(cgroup => cgroup.NeedsPath) ? ("--cgroup with a path", "more of a cgroup's path than its last part")
            : null;
        return missing is null ? null : $"the text of a report does not say {missing.Value.What}: {missing.Value.Option} cannot be used";
    }

    /// <summary>Whether a hit can be wanted by its first two lines.</summary>
    public bool WantsHeader(in ReportHit hit)
    {
        ulong time = hit.Seconds > ulong.MaxValue / PerSecond - 1 ? ulong.MaxValue : hit.Seconds * PerSecond + Math.Min(hit.Microseconds, PerSecond - 1);
        if (_firstHit is null)
        {
            _firstHit = time;
            (_from, _to) = (_filters.From?.At(time) ?? 0, _filters.To?.At(time) ?? ulong.MaxValue);
        }

        return time >= _from && time <= _to
            && (_filters.Pids.Count == 0 || _filters.Pids.Contains((uint)hit.Pid)) && SegmentFilter.IsAnyOf(hit.Cgroup, _filters.Cgroups);
    }

    /// <summary>Whether a hit is wanted by the rest of it.</summary>
    /// <param name="process">Name of its process; empty where none is said.</param>
    public bool WantsBody(ReadOnlySpan<byte> process, NameTable names, List<FrameName> user, List<FrameName> kernel)
    {
        if (_comms.Length > 0 && !SegmentFilter.IsAnyOf(process, _comms))
            return false;
        if (_filters.Frames is not { } patterns)
            return true;
        FrameMarks marks = FrameMarks.None;
        foreach (FrameName frame in user)
            marks |= Marks(patterns, names, frame.Name);
        foreach (FrameName frame in kernel)
            marks |= Marks(patterns, names, frame.Name);
        return patterns.Wants(marks);
    }

    private FrameMarks Marks(FramePatterns patterns, NameTable names, int name)
    {
        while (_byName.Count <= name)
            _byName.Add(FrameMarks.None);
        if (!_byName[name].HasFlag(FrameMarks.Known))
            _byName[name] = patterns.Of(names[name]) | FrameMarks.Known;
        return _byName[name];
    }
}
