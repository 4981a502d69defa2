using System.CommandLine;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>flame</c>.</summary>
internal static class FlameCommand
{
    public static Command Create()
    {
        var input = new Option<string[]>("--input") { Description = "a trace, perf.data, what perf script prints, or the text that report prints; - is standard input; more than one give one graph", HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "the file to write; - is standard output", Required = true, HelpName = "FILE" };
        Option<string?> format = GraphFormat.CreateOption();
        var per = new Option<StackRoots>("--per")
        {
            Description = "what stacks grow from: thread, process, cpu or cgroup, one root for each; by default the ancestry of the process, by names",
            HelpName = "WHAT",
            CustomParser = result => Enum.TryParse(result.Tokens.Count == 0 ? "" : result.Tokens[0].Value, ignoreCase: true, out StackRoots roots) ? roots : default,
        };
        per.AcceptOnlyFromAmong("thread", "process", "cpu", "cgroup");
        var filters = new FilterOptions();
        var drawing = new DrawingOptions();
        var difference = new DifferenceCommand();
        var command = new Command("flame", "Writes a flame graph, or folded stacks.") { input, output, format, per };
        filters.AddTo(command);
        drawing.AddTo(command);
        difference.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(input) is null == !difference.IsAsked(result))
                result.AddError("either --input or --diff is wanted, and not both");
            if (result.GetResult(input)?.Tokens.Count(token => token.Value == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result =>
        {
            string file = result.GetRequiredValue(output), kind = GraphFormat.Of(result.GetValue(format), file);
            StackRoots roots = result.GetValue(per);
            return result.GetValue(input) is { Length: > 0 } inputs
                ? Run(inputs, file, kind, drawing.Read(result), roots, filters.Of(result))
                : difference.Run(result, file, kind, drawing.Read(result), roots, filters.Of(result));
        });
        return command;
    }

    private static int Run(string[] inputs, string output, string format, FlameOptions options, StackRoots roots, HitFilters filters)
    {
        var tree = new FlameTree(new NameTable());
        HitTimeline? timeline = format == GraphFormat.Html ? new HitTimeline() : null;
        int status = 0;
        foreach (string input in inputs)
            status |= FoldedInput.Fold("flame", input, tree, filters, roots, timeline);
        MergedStacks stacks = tree.Merge();
        if (stacks.Hits > 0)
            return GraphFile.TryWrite(output, format, new HitFigures(stacks), timeline, options) ? status : 1;
        TraceInput.Say("flame", $"there is no hit in {string.Join(", ", inputs)}");
        return 1;
    }
}
