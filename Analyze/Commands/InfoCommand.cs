using System.CommandLine;
using System.Text;
using Diagnose.Analyze.Info;
using Diagnose.Commands;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>info</c>.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE.dtt") { Description = "the trace (or perf.data, or what perf script printed); - is standard input" };
        var command = new Command("info", "Says what a trace holds, how it was recorded, and what is missing from it.") { file };
        command.SetAction(result => Run(result.GetRequiredValue(file)));
        return command;
    }

    private static int Run(string path)
    {
        using TraceInput? input = TraceInput.Open("info", path);
        if (input is null)
            return 1;
        input.ShowProgress();
        var info = new TraceInfo();
        while (input.TryNext(out TraceReader? segment))
        {
            info.Add(segment);
            if (TraceInput.Cut(segment, input.Length) is { } cut)
                info.Damage.Add($"offset {segment.EndOffset}: {cut}");
        }

        if (info.Summary.Segments == 0)
            return 1;
        if (input.Error is { } error)
            info.Damage.Add(error);
        info.Damage.AddRange(input.Damage);
        info.ImportedFrom = input.Format;
        try
        {
            using var output = new StandardOutput();
            output.Write(Encoding.UTF8.GetBytes(new InfoText(path, input.Length, info).Write()));
        }
        catch (IOException failure)
        {
            return input.Status | OutputFailure.Conclude("info", failure);
        }

        return input.Status;
    }
}
