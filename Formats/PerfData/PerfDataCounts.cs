using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>How many records of each kind were met, and what could not be given out as it should be.</summary>
public sealed class PerfDataCounts
{
    private readonly long[] byKind = new long[128];

    /// <summary>Records met so far of a kind, those inside compressed records included.</summary>
    public long Of(RecordKind kind) => byKind[(int)kind];

    /// <inheritdoc cref="Of(RecordKind)"/>
    public long Of(UserRecordKind kind) => byKind[(int)kind];

    /// <summary>Records of kinds that are not known here, which were skipped.</summary>
    public long UnknownKind { get; private set; }

    /// <summary>Records whose event id no event has, which were skipped as perf does (its nr_unknown_id).</summary>
    public long UnknownId { get; internal set; }

    /// <summary>Records of events whose sample_type or read_format has bits that are not known here; skipped.</summary>
    public long UnknownLayout { get; internal set; }

    /// <summary>Records of perf(1) that are known but too short for what they should hold; skipped.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Records given out after a later one: the file's order within its rounds, or a limit, did not allow better.</summary>
    public long Unordered { get; internal set; }

    /// <summary>Records without a time, which are given out where they lie in the file, before what is held back.</summary>
    public long Untimed { get; internal set; }

    /// <summary>Bytes of AUX area and tracing data that follow their records and were passed over.</summary>
    public long PayloadBytes { get; internal set; }

    internal void Add(uint kind, bool known)
    {
        if (kind < byKind.Length) byKind[kind]++;
        if (!known) UnknownKind++;
    }
}
