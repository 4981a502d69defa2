using System.CommandLine;
using System.Text;
using Diagnose.Analyze.Info;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>info</c>.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE.dtt") { Description = "the trace; - is standard input" };
        var command = new Command("info", "Says what a trace holds, how it was recorded, and what is missing from it.") { file };
        command.SetAction(result => Run(result.GetRequiredValue(file)));
        return command;
    }

    private static int Run(string path)
    {
        using TraceInput? input = TraceInput.Open("info", path);
        if (input is null)
            return 1;
        try
        {
            using Stream output = Console.OpenStandardOutput();
            output.Write(Encoding.UTF8.GetBytes(new InfoText(path, input.Trace).Write()));
        }
        catch (IOException failure)
        {
            return OutputFailure.Conclude("info", failure);
        }

        return input.Conclude();
    }
}
