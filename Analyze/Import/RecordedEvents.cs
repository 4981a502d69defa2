using System.Globalization;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>The events of a file as events of the trace, those that are wanted.</summary>
internal sealed class RecordedEvents(PerfDataReader reader, EventSelection selection)
{
    private static readonly string[] s_hardware =
    [
        "cycles", "instructions", "cache-references", "cache-misses", "branches", "branch-misses", "bus-cycles",
        "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles",
    ];

    private static readonly string[] s_software =
    [
        "cpu-clock", "task-clock", "page-faults", "context-switches", "cpu-migrations", "minor-faults", "major-faults",
        "alignment-faults", "emulation-faults", "dummy", "bpf-output", "cgroup-switches",
    ];

    // By the event's place in the file; 0 for one that is not wanted.
    private readonly List<int> _ids = [];

    /// <summary>The names of those that can have hits.</summary>
    public IReadOnlyList<string> Names => [.. reader.Events.Where(e => !IsDummy(e)).Select(NameOf)];

    /// <summary>The names of those that are wanted, each once.</summary>
    public IReadOnlyList<string> Taken
    {
        get
        {
            IReadOnlyList<string> names = Names;
            return [.. names.Distinct().Where(name => selection.Takes(name, names))];
        }
    }

    /// <summary>What is wrong with what was asked for, by the events that are known now; null for nothing.</summary>
    public string? Problem => selection.Problem(Names);

    /// <summary>The id of an event in the current segment of the trace; 0 when its hits are not wanted.</summary>
    public int IdOf(PerfDataEvent of, DefinitionWriter definitions)
    {
        if (of.Index >= _ids.Count)
            Define(definitions);
        return _ids[of.Index];
    }

    /// <summary>Writes the events into a new segment. There they have the same ids as before.</summary>
    public void BeginSegment(DefinitionWriter definitions)
    {
        _ids.Clear();
        Define(definitions);
    }

    private void Define(DefinitionWriter definitions)
    {
        IReadOnlyList<string> names = selection.IsAll ? [] : Names;
        for (int i = _ids.Count; i < reader.Events.Count; i++)
        {
            PerfDataEvent of = reader.Events[i];
            string name = NameOf(of);
            _ids.Add(IsDummy(of) || !selection.Takes(name, names) ? 0
                : definitions.Event(new EventRow(definitions.String(name), KindOf(of, name), of.Attr.Freq ? 0 : of.Attr.SamplePeriod)));
        }
    }

    private static bool IsDummy(PerfDataEvent of) =>
        of.Attr.Type == (uint)EventType.Software && of.Attr.Config == (ulong)SoftwareEvent.Dummy;

    private static EventKind KindOf(PerfDataEvent of, string name) => (EventType)of.Attr.Type switch
    {
        EventType.Tracepoint => EventKind.Tracepoint,
        EventType.Software => EventKind.Software,
        EventType.Hardware or EventType.HardwareCache or EventType.Raw => EventKind.Hardware,
        // The kernel numbers these as it starts; perf names events of theirs by them.
        _ when name.StartsWith("kprobe", StringComparison.Ordinal) => EventKind.Kprobe,
        _ when name.StartsWith("uprobe", StringComparison.Ordinal) => EventKind.Uprobe,
        _ => EventKind.Other,
    };

    private static string NameOf(PerfDataEvent of)
    {
        if (!string.IsNullOrEmpty(of.Name))
            return of.Name;
        ulong config = of.Attr.Config;
        return (EventType)of.Attr.Type switch
        {
            EventType.Hardware when config < (ulong)s_hardware.Length => s_hardware[config],
            EventType.Software when config < (ulong)s_software.Length => s_software[config],
            EventType.Raw => string.Create(CultureInfo.InvariantCulture, $"r{config:x}"),
            EventType.Tracepoint => string.Create(CultureInfo.InvariantCulture, $"tracepoint:{config}"),
            var type => string.Create(CultureInfo.InvariantCulture, $"type-{(uint)type}:0x{config:x}"),
        };
    }
}
