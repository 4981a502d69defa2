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
        var input = new Option<string[]>("--input") { Description = "a trace, perf.data, what perf script prints, or the text that report prints; - is standard input; more than one give one graph", HelpName = "FILE" };
        var output = new Option<string>("--output") { Description = "the file to write; - is standard output", Required = true, HelpName = "FILE" };
        Option<string?> format = GraphFormat.CreateOption();
        var drawing = new DrawingOptions();
        var difference = new DifferenceCommand();
        Option<string[]> events = EventOption.Create();
        var command = new Command("flame", "Writes a flame graph, or folded stacks.") { input, output, format, events };
        drawing.AddTo(command);
        difference.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(input) is null == !difference.IsAsked(result))
                result.AddError("either --input or --diff is wanted, and not both");
            if (result.GetValue(input)?.Count(file => file == "-") > 1)
                result.AddError("standard input (-) can be read only once");
        });
        command.SetAction(result =>
        {
            string file = result.GetRequiredValue(output), kind = GraphFormat.Of(result.GetValue(format), file);
            return result.GetValue(input) is { Length: > 0 } inputs
                ? Run(inputs, file, kind, drawing.Read(result), result.GetValue(events) ?? [])
                : difference.Run(result, file, kind, drawing.Read(result), result.GetValue(events) ?? []);
        });
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
            return GraphFile.TryWrite(output, stream => Write(stacks, timeline, format, options, stream)) ? status : 1;
        TraceInput.Say("flame", $"there is no hit in {string.Join(", ", inputs)}");
        return 1;
    }

    /// <summary>Folds one file, and says what of it cannot be read.</summary>
    /// <param name="timeline">Told when the hits came, where somebody wants to know.</param>
    /// <param name="recorded">Told how long was recorded.</param>
    /// <returns>The exit status.</returns>
    public static int Fold(string path, FlameTree tree, string[] events, HitTimeline? timeline, RecordedTime? recorded = null)
    {
        if (TraceInput.Map("flame", path) is not { } file)
            return 1;
        if (!TraceInput.Holds(file) && events.Length == 0)
        {
            recorded?.AddUntold();
            return FoldReport(path, file, tree, timeline);
        }

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
            recorded?.Add(segment);
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

    private static void Write(MergedStacks stacks, HitTimeline? timeline, string format, FlameOptions options, Stream stream)
    {
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
    }
}
