namespace Diagnose.Analyze.Filters;

/// <summary>
/// Which hits a person asked for. Of one kind any that is given is enough, and all kinds must agree; a kind of which nothing
/// is given takes every hit.
/// </summary>
public sealed record HitFilters
{
    /// <summary>What takes every hit.</summary>
    public static HitFilters None { get; } = new();

    /// <summary>Names of events, or parts that only one event has.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>Names of processes, which are those of their main threads.</summary>
    public IReadOnlyList<string> Comms { get; init; } = [];

    /// <summary>Thread ids.</summary>
    public IReadOnlyList<uint> Pids { get; init; } = [];

    /// <summary>Process ids.</summary>
    public IReadOnlyList<uint> Tgids { get; init; } = [];

    public IReadOnlyList<CgroupPattern> Cgroups { get; init; } = [];

    public CpuRanges? Cpus { get; init; }

    /// <summary>The earliest moment that counts; null for the first.</summary>
    public Moment? From { get; init; }

    /// <summary>The latest moment that counts; null for the last.</summary>
    public Moment? To { get; init; }

    public FramePatterns? Frames { get; init; }

    public bool HasTimes => From is not null || To is not null;

    public bool HasContexts => Comms.Count + Pids.Count + Tgids.Count + Cgroups.Count > 0;

    /// <summary>False where every hit of every event is taken.</summary>
    public bool IsAny => Events.Count > 0 || HasContexts || HasTimes || Cpus is not null || Frames is not null;
}
