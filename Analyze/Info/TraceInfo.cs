using System.Globalization;
using System.Text;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>What the segments of a trace say about their recording, and what was counted in them.</summary>
public sealed class TraceInfo
{
    private static readonly string[] s_filters = ["tgid", "pid", "comm", "cpu"];

    public TraceSummary Summary { get; } = new();

    public ModuleNames Modules { get; } = new();

    public DistinctTexts Tools { get; } = new();

    public DistinctTexts Hosts { get; } = new();

    public DistinctTexts Kernels { get; } = new();

    public DistinctTexts Probes { get; } = new();

    public DistinctTexts Filters { get; } = new();

    public DistinctTexts Commands { get; } = new();

    public DistinctTexts Notices { get; } = new();

    /// <summary>What the file is, where it is no trace but was read as one.</summary>
    public string? ImportedFrom { get; set; }

    /// <summary>The versions of the format.</summary>
    public DistinctTexts Formats { get; } = new();

    /// <summary>What is wrong with the file, and where.</summary>
    public List<string> Damage { get; } = [];

    public void Add(TraceReader segment)
    {
        Summary.Add(segment);
        Modules.Add(segment.Definitions);
        AddFacts(segment.Definitions);
        if (segment.MinorVersion is { } minor)
            Formats.Add(string.Create(CultureInfo.InvariantCulture, $"{FileHeader.MajorVersion}.{minor}"));
        foreach (TraceDamage damage in segment.Damage)
            Damage.Add(string.Create(CultureInfo.InvariantCulture, $"offset {damage.Offset}, {damage.Bytes} bytes, {damage.Hits} hits: {damage.Reason}"));
    }

    private void AddFacts(TraceDefinitions definitions)
    {
        LoadedTable events = definitions[TableId.Events];
        for (int id = 1; id < events.Count; id++)
        {
            EventRow row = definitions.Event(id);
            Probes.Add(string.Create(CultureInfo.InvariantCulture, $"{PrintableText.Of(definitions.String(row.Name))}, period {(row.Period == 0 ? "as the kernel chose" : row.Period)}"));
        }

        LoadedTable meta = definitions[TableId.Meta];
        // A segment that was cut before it could say anything does not make what the others say doubtful.
        if (meta.Defined == 0)
            return;
        string Meta(string key) => PrintableText.Of(definitions.Meta(Encoding.UTF8.GetBytes(key))) is { Length: > 0 } value ? value : "unknown";
        Tools.Add(Meta("tool"));
        Hosts.Add($"{Meta("host")} ({Meta("machine")}), CPUs {Meta("cpus.online")}");
        Kernels.Add(Meta("kernel"));
        string[] filters = [.. s_filters
            .Where(filter => !definitions.Meta(Encoding.UTF8.GetBytes("filter." + filter)).IsEmpty)
            .Select(filter => $"{filter}={Meta("filter." + filter)}")];
        Filters.Add(filters.Length == 0 ? "none" : string.Join(' ', filters));
        if (!definitions.Meta("user-stack"u8).IsEmpty)
            Summary.UserStacks.Kinds.Add(Meta("user-stack"));
        if (!definitions.Meta("command"u8).IsEmpty)
            Commands.Add(Meta("command"));
        for (int id = 1; id < meta.Count; id++)
        {
            if (definitions.String(meta.Reference(id, 0)).SequenceEqual("notice"u8))
                Notices.Add(PrintableText.Of(definitions.String(meta.Reference(id, 1))));
        }
    }
}
