using System.CommandLine;
using Diagnose.Analyze.Output;
using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>report</c>.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE.dtt")
        {
            Description = "the traces (or perf.data, or what perf script printed), printed one after the other; - is standard input",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var list = new Option<string>("--list")
        {
            Description = "a file that names more traces, one on each line; - is standard input",
            HelpName = "FILE",
        };
        var remove = new Option<bool>("--remove") { Description = "delete each trace when all that can be read of it is printed" };
        var json = new Option<bool>("--json") { Description = "print an object of JSON on a line for each hit" };
        Option<long?> limit = Limits.Option("--limit", "print no more than the first N hits");
        var filters = new FilterOptions();
        var command = new Command("report", "Prints every hit of traces as text, in time order.") { files, list, json, limit, remove };
        filters.AddTo(command);
        command.Validators.Add(result =>
        {
            string[] given = result.GetValue(files) ?? [];
            // Not by its value, which cannot be had where it has none.
            string? more = result.GetResult(list)?.Tokens is [.., var token] ? token.Value : null;
            if (given.Length == 0 && more is null)
                result.AddError("report needs a FILE.dtt or --list=FILE; see diagnose-tools report --help");
            else if (given.Count(file => file == "-") + (more == "-" ? 1 : 0) > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result =>
        {
            var options = new ReportOptions
            {
                Filters = filters.Of(result),
                Limit = result.GetValue(limit) ?? long.MaxValue,
                IsJson = result.GetValue(json),
                Remove = result.GetValue(remove),
            };
            // Whoever is not shown a hit must not lose it.
            return options.Remove && (options.Filters.IsAny || options.Limit != long.MaxValue)
                ? OneLineErrors.Refuse(command, "--remove would delete hits that a filter or --limit leaves out")
                : Run(result.GetValue(files) ?? [], result.GetValue(list), options);
        });
        return command;
    }

    private static int Run(string[] files, string? list, ReportOptions options)
    {
        using var stream = new StandardOutput();
        var printer = new ReportPrinter(new StreamBuffer(stream), options);
        if (!files.All(printer.TryPrint))
            return printer.Status;
        try
        {
            if (list is not null)
                _ = FileNames.Read(list).All(printer.TryPrint);
            return printer.Status;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            TraceInput.Say("report", $"cannot read {list}: {TraceInput.Reason(failure)}");
            return 1;
        }
    }
}
