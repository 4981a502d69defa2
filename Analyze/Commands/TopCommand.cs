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

    private const int WindowUnlessSaid = 10;

    private const int MostSeconds = 86_400;

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
        Option<long?> interval = Limits.Option("--interval", "without a FILE: seconds from one look to the next, 1 unless said", MostSeconds);
        Option<long?> window = Limits.Option("--window", $"without a FILE: seconds for which a hit is shown, {WindowUnlessSaid} unless said", MostSeconds);
        Option<long?> count = Limits.Option("--count", "without a FILE: end after so many looks");
        var filters = new FilterOptions();
        var command = new Command("top", "Shows the hottest functions and who calls them, of files or of the recorder that runs.") { files, sort, limit, interval, window, count };
        filters.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(files)?.Count(file => file == "-") > 1)
                result.AddError("standard input (-) can be read only once");
            if (result.GetValue(files) is { Length: > 0 } && ((Option[])[interval, window, count]).FirstOrDefault(option => result.GetResult(option) is not null) is { } live)
                result.AddError($"{live.Name} is for the recorder that runs, not for a FILE");
        });
        command.SetAction(result =>
        {
            int most = (int)Math.Min(result.GetValue(limit) ?? RowsUnlessSaid, int.MaxValue);
            bool byTotal = result.GetValue(sort) == "total";
            HitFilters wanted = filters.Of(result);
            if (result.GetValue(files) is { Length: > 0 } given)
                return OfFiles(given, most, byTotal, wanted);
            if (wanted.HasTimes)
                return OneLineErrors.Refuse(command, "--from and --to choose among the hits of a FILE");
            using var top = new LiveTop(wanted, new LiveOptions(
                result.GetValue(interval) ?? 1, result.GetValue(window) ?? WindowUnlessSaid, result.GetValue(count) ?? long.MaxValue), most, byTotal);
            return top.Run();
        });
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
            output.EndLine();
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
