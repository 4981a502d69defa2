namespace Diagnose.Formats.PerfData;

/// <summary>What a reader may hold in memory. The defaults take any file that perf writes.</summary>
public sealed record PerfDataLimits
{
    /// <summary>
    /// Records held back for sorting by time. When a round (or a file without rounds) has more, the earlier half is
    /// given out; what then comes too late is counted in <see cref="PerfDataCounts.Unordered"/>.
    /// </summary>
    public int WindowRecords { get; init; } = 1 << 21;

    /// <summary>Bytes held back for sorting where records have to be copied: compressed or of the other byte order.</summary>
    public int WindowBytes { get; init; } = 96 << 20;

    /// <summary>Events (attributes) of a file.</summary>
    public int Events { get; init; } = 1 << 16;

    /// <summary>Ids of all events together: events times CPUs, or times threads.</summary>
    public int Ids { get; init; } = 1 << 21;

    /// <summary>Bytes of a feature section that is decoded.</summary>
    public int FeatureBytes { get; init; } = 32 << 20;

    /// <summary>Entries of the build-id table.</summary>
    public int BuildIds { get; init; } = 1 << 18;

    /// <summary>Damage that is kept; more is only counted.</summary>
    public int Damage { get; init; } = 100;
}
