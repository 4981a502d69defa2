using System.CommandLine;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Summary;
using Diagnose.Commands;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>summary</c>.</summary>
internal static class SummaryCommand
{
    private const int RowsUnlessSaid = 10;

    private static readonly SummaryBy[] s_unlessSaid = [SummaryBy.Process, SummaryBy.Cgroup, SummaryBy.Stack];

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE.dtt")
        {
            Description = "the traces (or perf.data, or what perf script printed), added up; - is standard input",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var by = new Option<string[]>("--by")
        {
            Description = "what to add hits up by: process, thread, cgroup, cpu, event or stack; may be repeated; process, cgroup and stack unless said",
            HelpName = "WHAT",
        };
        by.AcceptOnlyFromAmong([.. Enum.GetNames<SummaryBy>().Select(name => name.ToLowerInvariant())]);
        Option<long?> limit = Limits.Option("--limit", $"rows of each table, {RowsUnlessSaid} unless said; what is left is added up in one more");
        var filters = new FilterOptions();
        var command = new Command("summary", "Adds the hits of traces up by process, cgroup and stack.") { files, by, limit };
        filters.AddTo(command);
        command.Validators.Add(result =>
        {
            string[] given = result.GetValue(files) ?? [];
            if (given.Length == 0)
                result.AddError("summary needs a FILE.dtt; see diagnose-tools summary --help");
            else if (given.Count(file => file == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result =>
        {
            SummaryBy[] tables = [.. (result.GetValue(by) ?? []).Select(name => Enum.Parse<SummaryBy>(name, ignoreCase: true)).Distinct()];
            return Run(result.GetRequiredValue(files), tables.Length == 0 ? s_unlessSaid : tables,
                (int)Math.Min(result.GetValue(limit) ?? RowsUnlessSaid, int.MaxValue), filters.Of(result));
        });
        return command;
    }

    private static int Run(string[] files, SummaryBy[] tables, int most, Filters.HitFilters filters)
    {
        var summary = new HitSummary(tables);
        int status = 0;
        foreach (string path in files)
        {
            using TraceInput? input = TraceInput.Open("summary", path, filters);
            input?.ShowProgress();
            while (input?.TryNext(out TraceReader? segment) is true)
                summary.Add(segment, input.Filter, input.Events);
            input?.SayMixed();
            status |= input?.Status ?? 1;
        }

        try
        {
            using var stream = new StandardOutput();
            var output = new Terminal(stream);
            new SummaryText(summary, most).Write(output, tables);
            output.Flush();
            return status;
        }
        catch (IOException failure)
        {
            return status | OutputFailure.Conclude("summary", failure);
        }
    }
}
