using System.Globalization;
using System.Text;

namespace Diagnose.Analyze.Info;

/// <summary>What a person who attaches a trace to a bug report, or gets one, wants to see first.</summary>
public sealed class InfoText(string path, long length, TraceInfo info)
{
    private const int LabelWidth = 12;

    private readonly StringBuilder _text = new();
    private readonly TraceSummary _summary = info.Summary;

    public string Write()
    {
        Line("trace", Invariant($"{path}, {length} bytes, {info.ImportedFrom ?? $"format {info.Formats}"}"));
        if (_summary.Segments > 1)
            Line("segments", Invariant($"{_summary.Segments}"));
        Line("recorded by", info.Tools.ToString());
        Line("host", info.Hosts.All.Count == 0 ? "unknown (unknown), CPUs unknown" : info.Hosts.ToString());
        Line("kernel", info.Kernels.ToString());
        Line("probe", info.Probes.ToString());
        Line("filters", info.Filters.All.Count == 0 ? "none" : info.Filters.ToString());
        if (info.Commands.All.Count > 0)
            Line("command", info.Commands.ToString());
        Line("span", _summary.Span.ToString());
        Line("hits", Hits());
        if (_summary.Events.Count > 1)
        {
            foreach ((string name, long hits) in _summary.Events.All)
                Line("event", Invariant($"{name}, {hits} hits"));
        }

        Line("lost", Lost());
        Line("threads", Invariant($"{_summary.Threads} in {_summary.Processes} processes and {_summary.Cgroups} cgroups, on {_summary.Cpus} CPUs"));
        Line("stacks", Stacks());
        if (_summary.UserStacks.Summary() is { Length: > 0 } userStacks)
            Line("user stacks", userStacks);
        Line("size", _summary.Hits == 0 ? "no hits" : Invariant($"{(double)length / _summary.Hits:0.00} bytes per hit"));
        foreach (string notice in info.Notices.All)
            Line("notice", notice);
        Modules();
        UserStacks();
        Damage();
        return _text.ToString();
    }

    private string Hits()
    {
        string text = Invariant($"{_summary.Hits}");
        if (_summary.Written != _summary.Hits)
            text += Invariant($" of {_summary.Written} that were written");
        if (_summary.Undefined > 0)
            text += Invariant($", {_summary.Undefined} of them without their definitions");
        if (_summary.Filtered > 0)
            text += Invariant($" ({_summary.Filtered} more, the sampler's own or outside the filters, were dropped)");
        return text;
    }

    private string Lost()
    {
        string text = Invariant($"{_summary.Losses.Lost} while recording");
        if (_summary.Losses.Dropped > 0)
            text += Invariant($", {_summary.Losses.Dropped} dropped: the spool was full");
        if (_summary.Losses.Throttled > 0)
            text += Invariant($", throttled {_summary.Losses.Throttled} times");
        return _summary.Damaged == 0 ? text : text + Invariant($", {_summary.Damaged} in damaged parts of the file");
    }

    private string Stacks()
    {
        string text = Invariant($"{_summary.Stacks} distinct, {_summary.Frames} distinct frames");
        if (_summary.Segments > 1)
            text += Invariant($", those of each of {_summary.Segments} segments added up");
        return _summary.Truncated == 0 ? text : text + Invariant($", {_summary.Truncated} stacks cut at the kernel's depth limit");
    }

    private void Modules()
    {
        _text.Append("\nframes named  unnamed  build ID                                  module\n");
        foreach (ModuleCoverage module in info.Modules.All)
        {
            _text.Append(CultureInfo.InvariantCulture,
                $"{module.Named,12}  {module.Unnamed,7}  {(module.BuildId.Length == 0 ? "-" : module.BuildId),-40}  {module.Name}\n");
        }
    }

    private void UserStacks()
    {
        string before = "\n";
        foreach (string line in _summary.UserStacks.Table())
        {
            _text.Append(before).Append(line).Append('\n');
            before = "";
        }
    }

    private void Damage()
    {
        _text.Append('\n');
        foreach (string damage in info.Damage)
            Line("damage", damage);
        if (info.Damage.Count == 0)
            Line("damage", "none");
    }

    private void Line(string label, string text) => _text.Append(label.PadRight(LabelWidth)).Append(text).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
