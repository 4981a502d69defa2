using System.CommandLine;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Commands;

/// <summary><c>flame --diff BEFORE AFTER</c>: what has grown and what has shrunk between two recordings.</summary>
internal sealed class DifferenceCommand
{
    private const string ByDuration = "duration";
    private const string ByHits = "hits";

    private readonly Option<string[]> _inputs = new("--diff")
    {
        Description = "instead of --input: two recordings, of which the graph shows the difference",
        HelpName = "BEFORE AFTER",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _normalise = new("--normalize")
    {
        Description = "how the two are made comparable: duration (hits for each second, the default) or hits (shares of all hits)",
        HelpName = "HOW",
    };

    public void AddTo(Command command)
    {
        _normalise.AcceptOnlyFromAmong(ByDuration, ByHits);
        command.Add(_inputs);
        command.Add(_normalise);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_normalise) is { Implicit: false } && result.GetResult(_inputs) is null)
                result.AddError("--normalize is for --diff");
            if (result.GetResult(_inputs)?.Tokens is [{ Value: "-" }, { Value: "-" }])
                result.AddError("standard input (-) can be read only once");
        });
    }

    /// <summary>The two files; empty where there is nothing to compare.</summary>
    public string[] Inputs(ParseResult result) => result.GetValue(_inputs) ?? [];

    /// <summary>Whether two files were named.</summary>
    public bool IsAsked(System.CommandLine.Parsing.CommandResult result) => result.GetResult(_inputs) is not null;

    public int Run(ParseResult result, string output, string format, FlameOptions options, StackRoots roots, HitFilters filters)
    {
        var names = new NameTable();
        int status = 0;
        string[] inputs = Inputs(result);
        (MergedStacks before, RecordedTime timeBefore) = Fold(inputs[0], names, filters, roots, ref status);
        (MergedStacks after, RecordedTime timeAfter) = Fold(inputs[1], names, filters, roots, ref status);
        if (before.Hits == 0 || after.Hits == 0)
        {
            TraceInput.Say("flame", $"there is no hit in {inputs[before.Hits == 0 ? 0 : 1]}");
            return 1;
        }

        // Longer than from its first hit to its last a recorder waits for hits: where one does not tell for how long, that is taken of both.
        (double secondsBefore, double secondsAfter) = (timeBefore.Told, timeAfter.Told) is ({ } toldBefore, { } toldAfter)
            ? (toldBefore, toldAfter) : (timeBefore.FirstToLast, timeAfter.FirstToLast);
        Normalisation by = result.GetValue(_normalise) == ByHits ? Normalisation.Hits : Normalisation.Duration;
        if (by == Normalisation.Duration && (secondsBefore <= 0 || secondsAfter <= 0))
        {
            TraceInput.Say("flame", $"{inputs[secondsBefore <= 0 ? 0 : 1]} does not tell how long it took: the two are compared by shares of all hits");
            by = Normalisation.Hits;
        }
        else if (by == Normalisation.Duration && !StackDifference.CanScale(before.Hits, after.Hits, secondsAfter / secondsBefore))
        {
            TraceInput.Say("flame", $"{inputs[0]} and {inputs[1]} took too different times: the two are compared by shares of all hits");
            by = Normalisation.Hits;
        }

        double ratio = by == Normalisation.Hits ? (double)after.Hits / before.Hits : secondsAfter / secondsBefore;
        var difference = StackDifference.Of(before, after, ratio);
        return GraphFile.TryWrite(output, format, new DifferenceFigures(difference, by, secondsBefore, secondsAfter), null, options) ? status : 1;
    }

    private static (MergedStacks Stacks, RecordedTime Time) Fold(string input, NameTable names, HitFilters filters, StackRoots roots, ref int status)
    {
        var tree = new FlameTree(names);
        var recorded = new RecordedTime();
        status |= FoldedInput.Fold("flame", input, tree, filters, roots, recorded: recorded);
        return (tree.Merge(), recorded);
    }
}
