using System.CommandLine;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Commands;

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
        var per = new Option<StackRoots>("--per")
        {
            Description = "what stacks grow from: thread, process, cpu or cgroup, one root for each; by default the ancestry of the process, by names",
            HelpName = "WHAT",
            CustomParser = result => Enum.TryParse(result.Tokens.Count == 0 ? "" : result.Tokens[0].Value, ignoreCase: true, out StackRoots roots) ? roots : default,
        };
        per.AcceptOnlyFromAmong("thread", "process", "cpu", "cgroup");
        var filters = new FilterOptions();
        var drawing = new DrawingOptions();
        var command = new Command("flame", "Writes a flame graph, or folded stacks.") { input, output, format, per };
        filters.AddTo(command);
        drawing.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(input)?.Tokens.Count(token => token.Value == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result => Run(
            result.GetRequiredValue(input), result.GetRequiredValue(output), result.GetValue(format)!, drawing.Read(result),
            result.GetValue(per), filters.Of(result)));
        return command;
    }

    private static int Run(string[] inputs, string output, string format, FlameOptions options, StackRoots roots, HitFilters filters)
    {
        var tree = new FlameTree(new NameTable());
        int status = 0;
        foreach (string input in inputs)
            status |= FoldedInput.Fold("flame", input, tree, filters, roots);
        MergedStacks stacks = tree.Merge();
        if (stacks.Hits > 0)
            return Write(stacks, output, format, options) ? status : 1;
        TraceInput.Say("flame", $"there is no hit in {string.Join(", ", inputs)}");
        return 1;
    }

    private static bool Write(MergedStacks stacks, string output, string format, FlameOptions options)
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
                SvgWriter.Write(stacks, options, stream);
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
