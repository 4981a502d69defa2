using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>Prints traces one after the other, with one numbering through all of them.</summary>
/// <param name="remove">Delete each file that was printed.</param>
/// <param name="filters">Which hits are printed.</param>
internal sealed class ReportPrinter(StreamBuffer output, bool remove, HitFilters filters)
{
    private long _hits;

    /// <summary>The exit status so far.</summary>
    public int Status { get; private set; }

    /// <summary>Prints what can be read of one file.</summary>
    /// <returns>False when standard output failed, so that nothing more can be printed; the file is still there then.</returns>
    public bool TryPrint(string path)
    {
        using TraceInput? input = TraceInput.Open("report", path, filters);
        if (input is null)
        {
            Status = 1;
            return true;
        }

        var losses = new LossCount();
        try
        {
            while (input.TryNext(out TraceReader? segment))
            {
                losses.Add(segment);
                _hits = new TraceReport(segment, input.Filter).Write(output, _hits, input.Events);
            }

            output.Flush();
        }
        catch (IOException failure)
        {
            Status |= OutputFailure.Conclude("report", failure, mustBeRead: remove);
            return false;
        }

        if (losses.Lost > 0 || losses.Dropped > 0)
            TraceInput.Say("report", $"{path}: {losses.Lost} hits were lost while recording, {losses.Dropped} dropped because the spool was full");
        input.SayMixed();
        Status |= input.Status;
        if (remove)
            Remove(path, input);
        return true;
    }

    /// <summary>
    /// Deletes a file that was read to its end. What is damaged in it was said and goes with it; behind an error there may be
    /// more that is still wanted.
    /// </summary>
    private void Remove(string path, TraceInput input)
    {
        string? reason = null;
        try
        {
            if (path == "-")
                reason = "standard input is no file";
            else if (input.Error is not null || input.Damage.Count > 0)
                reason = "it was not read to its end";
            else if (new FileInfo(path).Length != input.Length)
                reason = "it has changed meanwhile";
            else
                File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            reason = TraceInput.Reason(failure);
        }

        if (reason is null)
            return;
        TraceInput.Say("report", $"cannot remove {path}: {reason}");
        Status = 1;
    }
}
