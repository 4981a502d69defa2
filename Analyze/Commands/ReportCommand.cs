using System.CommandLine;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Report;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>report</c>.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE.dtt") { Description = "the trace; - is standard input" };
        var command = new Command("report", "Prints every hit of a trace as text, in time order.") { file };
        command.SetAction(result => Run(result.GetRequiredValue(file)));
        return command;
    }

    private static int Run(string path)
    {
        using TraceInput? input = TraceInput.Open("report", path);
        if (input is null)
            return 1;
        try
        {
            using Stream stream = Console.OpenStandardOutput();
            using var output = new StreamBuffer(stream);
            new TraceReport(input.Trace).Write(output);
        }
        catch (IOException failure)
        {
            return OutputFailure.Conclude("report", failure);
        }

        return input.Conclude();
    }
}
