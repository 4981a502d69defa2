using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>Any file with hits, folded for a command.</summary>
internal static class FoldedInput
{
    /// <summary>Folds the hits of a trace, of another tool's recording, or of the text of a report; returns the exit status.</summary>
    /// <param name="timeline">Told when the hits came, where somebody wants to know.</param>
    /// <param name="recorded">Told how long was recorded.</param>
    public static int Fold(string command, string path, FlameTree tree, HitFilters filters, StackRoots roots = StackRoots.Ancestry,
        HitTimeline? timeline = null, RecordedTime? recorded = null)
    {
        if (TraceInput.Map(command, path) is not { } file)
            return 1;
        if (!TraceInput.Holds(file))
        {
            recorded?.AddUntold();
            return FoldReport(command, path, file, tree, filters, roots, timeline, recorded);
        }

        using TraceInput? input = TraceInput.Open(command, path, file, filters);
        if (input is null)
            return 1;
        input.ShowProgress();
        while (input.TryNext(out TraceReader? segment))
        {
            var folder = new TraceFolder(segment, tree, input.Filter, input.Events, roots);
            recorded?.Add(segment, input.Filter);
            folder.Fold(recorded: recorded, timeline: timeline);
        }

        input.SayMixed();
        return input.Status;
    }

    private static int FoldReport(
        string command, string path, MappedFile file, FlameTree tree, HitFilters filters, StackRoots roots, HitTimeline? timeline, RecordedTime? recorded)
    {
        using (file)
        {
            string? unanswerable = TextFilter.Unanswerable(filters)
                ?? (ReportFolder.CanGrowFrom(roots) ? null : $"the text of a report does not say of which {(roots == StackRoots.Cpu ? "CPU" : "process")} a hit is: --per cannot be so");
            if (unanswerable is not null)
            {
                TraceInput.Say(command, $"{path}: {unanswerable}");
                return 1;
            }

            var damage = new ReportDamage();
            using FileProgress? progress = TraceInput.Progress(command, path, file);
            using Stream text = file.OpenStream();
            new ReportFolder(tree, damage, TextFilter.Of(filters), roots, timeline) { Recorded = recorded }.Fold(text);
            foreach (ReportDamage.Place place in damage.Places)
                TraceInput.Say(command, $"{path}: line {place.Line}, offset {place.Offset}: {place.Reason}");
            if (damage.Count > damage.Places.Count)
                TraceInput.Say(command, $"{path}: {damage.Count} such places in all, {damage.HitsLeftOut} hits left out");
            return damage.Count > 0 ? 1 : 0;
        }
    }
}
