using System.Globalization;
using System.Text;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>What a person who attaches a trace to a bug report, or gets one, wants to see first.</summary>
public sealed class InfoText(string path, TraceReader trace)
{
    private const int LabelWidth = 12;

    private readonly StringBuilder _text = new();
    private readonly TraceDefinitions _definitions = trace.Definitions;

    public string Write()
    {
        TraceSummary summary = TraceSummary.Of(trace);
        var end = trace.End;
        Line("trace", $"{path}, {trace.Length} bytes, format {FileHeader.MajorVersion}.{FileHeader.MinorVersion}");
        Line("recorded by", Meta("tool"u8));
        Line("host", $"{Meta("host"u8)} ({Meta("machine"u8)}), CPUs {Meta("cpus.online"u8)}");
        Line("kernel", Meta("kernel"u8));
        Line("probe", Probes());
        Line("filters", Filters());
        if (!_definitions.Meta("command"u8).IsEmpty)
            Line("command", Meta("command"u8));
        Line("span", Span(summary));
        Line("hits", Hits(summary));
        Line("lost", Lost(summary));
        Line("threads", $"{summary.Threads} in {summary.Processes} processes and {summary.Cgroups} cgroups, on {summary.Cpus} CPUs");
        Line("stacks", $"{summary.Stacks} distinct, {_definitions[TableId.Frames].Defined} distinct frames{Truncated()}");
        Line("size", summary.Hits == 0 ? "no hits" : $"{(double)trace.Length / summary.Hits:0.00} bytes per hit");
        Notices();
        Modules();
        Damage();
        return _text.ToString();
    }

    private string Probes()
    {
        LoadedTable events = _definitions[TableId.Events];
        var probes = new List<string>();
        for (int id = 1; id < events.Count; id++)
        {
            EventRow row = _definitions.Event(id);
            probes.Add(Invariant($"{Printable(_definitions.String(row.Name))}, period {row.Period}"));
        }

        return probes.Count == 0 ? "unknown" : string.Join("; ", probes);
    }

    private string Filters()
    {
        var filters = new List<string>();
        foreach (string filter in new[] { "tgid", "pid", "comm", "cpu" })
        {
            ReadOnlySpan<byte> value = _definitions.Meta(Encoding.UTF8.GetBytes("filter." + filter));
            if (!value.IsEmpty)
                filters.Add($"{filter}={Printable(value)}");
        }

        return filters.Count == 0 ? "none" : string.Join(' ', filters);
    }

    private string Span(TraceSummary summary)
    {
        if (summary.Hits == 0 && !trace.IsComplete)
            return "unknown";
        ulong start = trace.End.GetValueOrDefault(EndCounter.StartTime, summary.First);
        ulong finish = trace.End.GetValueOrDefault(EndCounter.EndTime, summary.Last);
        var clock = new WallClock(_definitions);
        string length = Invariant($"{(finish - start) / 1e9:0.000} s");
        return clock.IsKnown ? $"{Moment(clock.Realtime(start))} to {Moment(clock.Realtime(finish))}, {length}" : length;
    }

    private string Hits(TraceSummary summary)
    {
        string text = Invariant($"{summary.Hits}");
        if (trace.End.TryGetValue(EndCounter.Hits, out ulong written) && written != summary.Hits)
            text += Invariant($" of {written} that were written");
        if (summary.Undefined > 0)
            text += Invariant($", {summary.Undefined} of them without their definitions");
        if (trace.End.TryGetValue(EndCounter.Filtered, out ulong filtered) && filtered > 0)
            text += Invariant($" ({filtered} more, the sampler's own or outside the filters, were dropped)");
        return text;
    }

    private string Lost(TraceSummary summary)
    {
        ulong lost = 0, throttled = 0;
        LoadedTable losses = _definitions[TableId.Losses];
        for (int id = 1; id < losses.Count; id++)
        {
            LossRow row = _definitions.Loss(id);
            lost += row.Count;
            throttled += row.Reason == LossReason.Throttled ? 1u : 0;
        }

        lost = Math.Max(lost, trace.End.GetValueOrDefault(EndCounter.Lost));
        string text = Invariant($"{lost} while recording");
        if (throttled > 0)
            text += Invariant($", throttled {throttled} times");
        ulong damaged = trace.End.TryGetValue(EndCounter.Hits, out ulong written) && written > summary.Hits ? written - summary.Hits : 0;
        return damaged == 0 ? text : text + Invariant($", {damaged} in damaged parts of the file");
    }

    private string Truncated()
    {
        LoadedTable stacks = _definitions[TableId.Stacks];
        int truncated = 0;
        for (int id = 1; id < stacks.Count; id++)
            truncated += _definitions.Stack(id).Flags == StackFlags.None ? 0 : 1;
        return truncated == 0 ? "" : Invariant($", {truncated} stacks cut at the kernel's depth limit");
    }

    private void Notices()
    {
        LoadedTable meta = _definitions[TableId.Meta];
        for (int id = 1; id < meta.Count; id++)
        {
            if (_definitions.String(meta.Reference(id, 0)).SequenceEqual("notice"u8))
                Line("notice", Printable(_definitions.String(meta.Reference(id, 1))));
        }
    }

    private void Modules()
    {
        _text.Append("\nframes named  unnamed  build ID                                  module\n");
        foreach (ModuleCoverage coverage in ModuleNames.Count(_definitions))
        {
            ModuleRow module = _definitions.Module(coverage.Module);
            string buildId = Convert.ToHexStringLower(_definitions.String(module.BuildId));
            _text.Append(CultureInfo.InvariantCulture,
                $"{coverage.Named,12}  {coverage.Unnamed,7}  {(buildId.Length == 0 ? "-" : buildId),-40}  {Name(coverage.Module, module)}\n");
        }
    }

    private string Name(int id, ModuleRow module)
    {
        string path = Printable(_definitions.String(module.Path));
        return module.Kind switch
        {
            _ when id == 0 => "(not mapped)",
            ModuleKind.KernelModule => $"[{path}]",
            ModuleKind.Anonymous => Invariant($"{(path.Length == 0 ? "//anon" : path)} of process {module.Instance & ModuleRow.PidMask}"),
            _ => path,
        };
    }

    private void Damage()
    {
        _text.Append('\n');
        foreach (TraceDamage damage in trace.Damage)
            Line("damage", Invariant($"offset {damage.Offset}, {damage.Bytes} bytes, {damage.Hits} hits: {damage.Reason}"));
        if (!trace.IsComplete)
            Line("damage", Invariant($"offset {trace.Length}: the file ends without its totals: the recorder was killed, or the end is cut off"));
        if (trace.Damage.Count == 0 && trace.IsComplete)
            Line("damage", "none");
    }

    private string Meta(ReadOnlySpan<byte> key) =>
        _definitions.Meta(key) is { IsEmpty: false } value ? Printable(value) : "unknown";

    private void Line(string label, string text) => _text.Append(label.PadRight(LabelWidth)).Append(text).Append('\n');

    private static string Moment(ulong realtime) =>
        DateTime.UnixEpoch.AddTicks((long)Math.Min(realtime / 100, long.MaxValue / 4)).ToString("yyyy-MM-dd HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Printable(ReadOnlySpan<byte> raw)
    {
        byte[] room = new byte[PrintableName.MaxLength(raw.Length)];
        return Encoding.UTF8.GetString(room.AsSpan(0, PrintableName.Write(raw, room)));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
