using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Diagnose.Analyze.Filters;

namespace Diagnose.Analyze.Commands;

/// <summary>The options that choose hits, the same for every command that looks at them.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string[]> _events = EventOption.Create();
    private readonly Option<string[]> _comms = Names("--comm", "NAME", "only hits of processes of this name: that of the main thread, as record takes it");
    private readonly Option<string[]> _pids = Names("--pid", "N", "only hits of this thread");
    private readonly Option<string[]> _tgids = Names("--tgid", "N", "only hits of this process");
    private readonly Option<string[]> _cgroups = Names("--cgroup", "PATH", "only hits in this cgroup, by its path or the last part of it; with / at the end also in those below");
    private readonly Option<string?> _cpus = One("--cpu", "LIST", "only hits on these CPUs, such as 0-16,23");
    private readonly Option<string?> _from = One("--from", "TIME", "only hits from then on: seconds after the first hit (1.5), a report's seconds:microseconds, or a UTC date and time");
    private readonly Option<string?> _to = One("--to", "TIME", "only hits up to then, in the same forms");
    private readonly Option<string[]> _include = Names("--include", "REGEX", "only hits with a function whose name, as the graph shows it, matches");
    private readonly Option<string[]> _exclude = Names("--exclude", "REGEX", "only hits without such a function");
    private readonly Dictionary<CommandResult, HitFilters> _parsed = [];

    /// <summary>Adds them to a command, which then refuses what makes no sense.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in All)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (Parse(result, out string error) is { } filters)
                _parsed[result] = filters;
            else
                result.AddError(error);
        });
    }

    private Option[] All => [_events, _comms, _pids, _tgids, _cgroups, _cpus, _from, _to, _include, _exclude];

    public HitFilters Of(ParseResult result) => _parsed[result.CommandResult];

    private HitFilters? Parse(CommandResult result, out string error)
    {
        error = "";
        FramePatterns? frames = null;
        foreach (Option option in All)
        {
            if (result.GetResult(option) is not null && (Given(option).Length == 0 || Given(option).Contains("")))
                error = $"{option.Name} takes a {option.HelpName}, not nothing";
        }

        try
        {
            frames = FramePatterns.Of(Given(_include), Given(_exclude));
        }
        catch (ArgumentException failure)
        {
            error = $"--include and --exclude take regular expressions: {failure.Message}";
        }

        string why = "";
        CpuRanges? cpus = Given(_cpus) is [.., var list] ? CpuRanges.Parse(list, out why) : null;
        if (why.Length > 0)
            error = $"--cpu takes a list like 0-16,23: {why}";
        var filters = new HitFilters
        {
            Events = Given(_events),
            Comms = Given(_comms),
            Pids = Numbers(_pids, ref error),
            Tgids = Numbers(_tgids, ref error),
            Cgroups = [.. Given(_cgroups).Select(text => new CgroupPattern(text))],
            Cpus = cpus,
            From = Time(_from, ref error),
            To = Time(_to, ref error),
            Frames = frames,
        };
        if (error.Length == 0 && filters is { From: { } from, To: { } to } && from.IsRelative == to.IsRelative && from.Microseconds > to.Microseconds)
            error = "--from is later than --to";
        return error.Length == 0 ? filters : null;

        // Not by their values, which cannot be had where one has none.
        string[] Given(Option option) => [.. result.GetResult(option)?.Tokens.Select(token => token.Value) ?? []];

        List<uint> Numbers(Option<string[]> option, ref string error)
        {
            List<uint> numbers = [];
            foreach (string text in Given(option))
            {
                if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
                    numbers.Add(number);
                else
                    error = $"{option.Name} takes a whole number, not '{text}'";
            }

            return numbers;
        }

        Moment? Time(Option<string?> option, ref string error)
        {
            if (Given(option) is not [.., var text])
                return null;
            if (!Moment.TryParse(text, out Moment moment))
                error = $"{option.Name} takes seconds (1.5), a report's seconds:microseconds, or a UTC date and time, not '{text}'";
            return moment;
        }
    }

    private static Option<string[]> Names(string name, string of, string description) =>
        new(name) { Description = description + "; may be repeated", HelpName = of };

    private static Option<string?> One(string name, string of, string description) => new(name) { Description = description, HelpName = of };
}
