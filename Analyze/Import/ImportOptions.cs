namespace Diagnose.Analyze.Import;

/// <summary>What of a recording is wanted, and where its names are looked for.</summary>
internal sealed record ImportOptions
{
    /// <summary>Names of events, or parts of them; empty for all.</summary>
    public string[] Events { get; init; } = [];

    /// <summary>A copy of /proc/kallsyms to be believed, null to look for one that fits.</summary>
    public string? Kallsyms { get; init; }

    /// <summary>Folder that holds the recorded machine's files, empty for this machine's own.</summary>
    public string SymbolRoot { get; init; } = "";

    /// <summary>As <see cref="Formats.Trace.TraceWriter"/> takes it: 0 where the trace is not kept.</summary>
    public int ZstdLevel { get; init; }
}
