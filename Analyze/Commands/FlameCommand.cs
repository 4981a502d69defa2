using System.CommandLine;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Commands;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>flame</c>.</summary>
internal static class FlameCommand
{
    public static Command Create()
    {
        var input = new Option<string[]>("--input") { Description = "a trace, perf.data, what perf script prints, or the text that report prints; - is standard input; more than one give one graph", Required = true, HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "the file to write; - is standard output", Required = true, HelpName = "FILE" };
        var format = new Option<string>("--format")
        {
            Description = "svg (the default) or folded",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "svg",
        };
        format.AcceptOnlyFromAmong("svg", "folded");
        var title = new Option<string>("--title")
        {
            Description = "the graph's heading",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "Flame Graph",
        };
        var filters = new FilterOptions();
        var command = new Command("flame", "Writes a flame graph, or folded stacks.") { input, output, format, title };
        filters.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(input)?.Count(file => file == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result => Run(
            result.GetRequiredValue(input), result.GetRequiredValue(output), result.GetValue(format)!, result.GetValue(title)!,
            filters.Of(result)));
        return command;
    }

    private static int Run(string[] inputs, string output, string format, string title, HitFilters filters)
    {
        var tree = new FlameTree(new NameTable());
        int status = 0;
        foreach (string input in inputs)
            status |= Fold(input, tree, filters);
        MergedStacks stacks = tree.Merge();
        if (stacks.Hits > 0)
            return Write(stacks, output, format, title) ? status : 1;
        TraceInput.Say("flame", $"there is no hit in {string.Join(", ", inputs)}");
        return 1;
    }

    private static int Fold(string path, FlameTree tree, HitFilters filters)
    {
        if (TraceInput.Map("flame", path) is not { } file)
            return 1;
        if (!TraceInput.Holds(file))
            return FoldReport(path, file, tree, filters);
        using TraceInput? input = TraceInput.Open("flame", path, file, filters);
        if (input is null)
            return 1;
        while (input.TryNext(out TraceReader? segment))
            new TraceFolder(segment, tree, input.Filter, input.Events).Fold();
        input.SayMixed();
        return input.Status;
    }

    private static int FoldReport(string path, MappedFile file, FlameTree tree, HitFilters filters)
    {
        using (file)
        {
            if (TextFilter.Unanswerable(filters) is { } unanswerable)
            {
                TraceInput.Say("flame", $"{path}: {unanswerable}");
                return 1;
            }

            var damage = new ReportDamage();
            using Stream text = file.OpenStream();
            new ReportFolder(tree, damage, TextFilter.Of(filters)).Fold(text);
            foreach (ReportDamage.Place place in damage.Places)
                TraceInput.Say("flame", $"{path}: line {place.Line}, offset {place.Offset}: {place.Reason}");
            if (damage.Count > damage.Places.Count)
                TraceInput.Say("flame", $"{path}: {damage.Count} such places in all, {damage.HitsLeftOut} hits left out");
            return damage.Count > 0 ? 1 : 0;
        }
    }

    private static bool Write(MergedStacks stacks, string output, string format, string title)
    {
        try
        {
            using Stream stream = output == "-" ? new StandardOutput() : File.Create(output, bufferSize: 1);
            if (format == "folded")
            {
                using var buffer = new StreamBuffer(stream);
                FoldedWriter.Write(stacks, buffer);
            }
            else
            {
                SvgWriter.Write(stacks, new FlameOptions { Title = title }, stream);
            }

            return true;
        }
        catch (IOException failure) when (output == "-")
        {
            return OutputFailure.Conclude("flame", failure) == 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            TraceInput.Say("flame", $"cannot write {output}: {failure.Message}");
            return false;
        }
    }
}
