using System.CommandLine;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Commands;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>flame</c>.</summary>
internal static class FlameCommand
{
    public static Command Create()
    {
        var input = new Option<string[]>("--input") { Description = "a trace, perf.data, what perf script prints, or the text that report prints; - is standard input; more than one give one graph", Required = true, HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "the file to write; - is standard output", Required = true, HelpName = "FILE" };
        Option<string?> format = GraphFormat.CreateOption();
        var drawing = new DrawingOptions();
        Option<string[]> events = EventOption.Create();
        var command = new Command("flame", "Writes a flame graph, or folded stacks.") { input, output, format, events };
        drawing.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(input)?.Count(file => file == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result => Run(
            result.GetRequiredValue(input), result.GetRequiredValue(output), GraphFormat.Of(result.GetValue(format), result.GetRequiredValue(output)), drawing.Read(result),
            result.GetValue(events) ?? []));
        return command;
    }

    private static int Run(string[] inputs, string output, string format, FlameOptions options, string[] events)
    {
        var tree = new FlameTree(new NameTable());
        HitTimeline? timeline = format == GraphFormat.Html ? new HitTimeline() : null;
        int status = 0;
        foreach (string input in inputs)
            status |= Fold(input, tree, events, timeline);
        MergedStacks stacks = tree.Merge();
        if (stacks.Hits > 0)
            return Write(stacks, timeline, output, format, options) ? status : 1;
        TraceInput.Say("flame", $"there is no hit in {string.Join(", ", inputs)}");
        return 1;
    }

    private static int Fold(string path, FlameTree tree, string[] events, HitTimeline? timeline)
    {
        if (TraceInput.Map("flame", path) is not { } file)
            return 1;
        if (!TraceInput.Holds(file) && events.Length == 0)
            return FoldReport(path, file, tree, timeline);
        if (!TraceInput.Holds(file))
        {
            TraceInput.Say("flame", $"{path}: the text of a report does not say of which event a hit is: --event cannot be used");
            file.Dispose();
            return 1;
        }

        using TraceInput? input = TraceInput.Open("flame", path, file, events);
        if (input is null)
            return 1;
        while (input.TryNext(out TraceReader? segment))
        {
            var folder = new TraceFolder(segment, tree, input.Wanted, input.Events);
            _ = timeline is null ? folder.Fold() : folder.Fold(timeline);
        }

        input.SayMixed();
        return input.Status;
    }

    private static int FoldReport(string path, MappedFile file, FlameTree tree, HitTimeline? timeline)
    {
        using (file)
        {
            var damage = new ReportDamage();
            using Stream text = file.OpenStream();
            new ReportFolder(tree, damage, timeline).Fold(text);
            foreach (ReportDamage.Place place in damage.Places)
                TraceInput.Say("flame", $"{path}: line {place.Line}, offset {place.Offset}: {place.Reason}");
            if (damage.Count > damage.Places.Count)
                TraceInput.Say("flame", $"{path}: {damage.Count} such places in all, {damage.HitsLeftOut} hits left out");
            return damage.Count > 0 ? 1 : 0;
        }
    }

    private static bool Write(MergedStacks stacks, HitTimeline? timeline, string output, string format, FlameOptions options)
    {
        try
        {
            using Stream stream = output == "-" ? new StandardOutput() : File.Create(output, bufferSize: 1);
            switch (format)
            {
                case GraphFormat.Folded:
                    using (var buffer = new StreamBuffer(stream))
                        FoldedWriter.Write(stacks, buffer);
                    break;
                case GraphFormat.Html:
                    PageWriter.Write(stacks, timeline, options, stream);
                    break;
                default:
                    SvgWriter.Write(stacks, options, stream);
                    break;
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
