using System.CommandLine;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>flame</c>.</summary>
internal static class FlameCommand
{
    public static Command Create()
    {
        var input = new Option<string>("--input") { Description = "a trace, or the text that report prints; - is standard input", Required = true, HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "the file to write; - is standard output", Required = true, HelpName = "FILE" };
        var format = new Option<string>("--format")
        {
            Description = "svg (the default) or folded",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "svg",
        };
        format.AcceptOnlyFromAmong("svg", "folded");
        var title = new Option<string>("--title")
        {
            Description = "the graph's heading",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "Flame Graph",
        };
        var command = new Command("flame", "Writes a flame graph, or folded stacks.") { input, output, format, title };
        command.SetAction(result => Run(
            result.GetRequiredValue(input), result.GetRequiredValue(output), result.GetValue(format)!, result.GetValue(title)!));
        return command;
    }

    private static int Run(string input, string output, string format, string title)
    {
        if (TraceInput.Map("flame", input) is not { } file)
            return 1;
        using (file)
        {
            int status = TraceReader.LooksLikeTrace(file.Slice(0, 4096))
                ? FoldTrace(input, file, out MergedStacks? stacks) : FoldReport(input, file, out stacks);
            if (stacks is null)
                return 1;
            if (stacks.Hits == 0)
            {
                TraceInput.Say("flame", $"{input}: there is no hit in it");
                return 1;
            }

            return Write(stacks, output, format, title) ? status : 1;
        }
    }

    private static int FoldTrace(string path, MappedFile file, out MergedStacks? stacks)
    {
        stacks = null;
        // The file stays the caller's, who closes it after the graph is written.
        if (TraceInput.Open("flame", path, file) is not { } input)
            return 1;
        var tree = new FlameTree(new NameTable());
        new TraceFolder(input.Trace, tree).Fold();
        stacks = tree.Merge();
        return input.Conclude();
    }

    private static int FoldReport(string path, MappedFile file, out MergedStacks? stacks)
    {
        using Stream text = file.OpenStream();
        FlameInput input = FlameInput.FromReport(text);
        stacks = input.Stacks;
        foreach (ReportDamage.Place place in input.Damage.Places)
            TraceInput.Say("flame", $"{path}: line {place.Line}, offset {place.Offset}: {place.Reason}");
        if (input.Damage.Count > input.Damage.Places.Count)
            TraceInput.Say("flame", $"{path}: {input.Damage.Count} such places in all, {input.Damage.HitsLeftOut} hits left out");
        return input.Damage.Count > 0 ? 1 : 0;
    }

    private static bool Write(MergedStacks stacks, string output, string format, string title)
    {
        try
        {
            using Stream stream = output == "-" ? Console.OpenStandardOutput() : File.Create(output, bufferSize: 1);
            if (format == "folded")
            {
                using var buffer = new StreamBuffer(stream);
                FoldedWriter.Write(stacks, buffer);
            }
            else
            {
                SvgWriter.Write(stacks, new FlameOptions { Title = title }, stream);
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            TraceInput.Say("flame", $"cannot write {output}: {failure.Message}");
            return false;
        }
    }
}
