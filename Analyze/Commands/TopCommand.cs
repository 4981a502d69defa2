using System.CommandLine;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Top;
using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>top</c>.</summary>
internal static class TopCommand
{
    private const int RowsUnlessSaid = 20;

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "traces, perf.data, what perf script printed, or the text that report prints; - is standard input; without any, the recorder that runs in the background",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var sort = new Option<string>("--sort")
        {
            Description = "by self, the hits that end in a function (the default), or by total, those that pass through it",
            HelpName = "WHAT",
            DefaultValueFactory = _ => "self",
        };
        sort.AcceptOnlyFromAmong("self", "total");
        Option<long?> limit = Limits.Option("--limit", $"functions that are shown, {RowsUnlessSaid} unless said");
        var filters = new FilterOptions();
        var command = new Command("top", "Shows the hottest functions and who calls them.") { files, sort, limit };
        filters.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(files)?.Count(file => file == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result => OfFiles(result.GetValue(files) ?? [], (int)Math.Min(result.GetValue(limit) ?? RowsUnlessSaid, int.MaxValue),
            result.GetValue(sort) == "total", filters.Of(result)));
        return command;
    }

    private static int OfFiles(string[] files, int most, bool byTotal, HitFilters filters)
    {
        var tree = new FlameTree(new NameTable());
        int status = 0;
        foreach (string path in files)
            status |= FoldedInput.Fold("top", path, tree, filters, StackRoots.None);
        var functions = new HotFunctions();
        functions.Add(tree.Merge());
        try
        {
            using var stream = new StandardOutput();
            var output = new Terminal(stream);
            output.Line($"hits  {functions.Hits}");
            output.Line();
            TopTable.Of(functions, most, byTotal).Write(output);
            output.Flush();
            return status;
        }
        catch (IOException failure)
        {
            return status | OutputFailure.Conclude("top", failure);
        }
    }
}
