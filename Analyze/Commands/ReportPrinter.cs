using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>Prints traces one after the other, with one numbering through all of them.</summary>
internal sealed class ReportPrinter(StreamBuffer output, ReportOptions options)
{
    private long _hits;

    /// <summary>The exit status so far.</summary>
    public int Status { get; private set; }

    /// <summary>Prints what can be read of one file.</summary>
    /// <returns>False when nothing more is to be printed: standard output failed, and the file is still there then, or there were hits enough.</returns>
    public bool TryPrint(string path)
    {
        using TraceInput? input = TraceInput.Open("report", path, options.Filters);
        if (input is null)
        {
            Status = 1;
            return true;
        }

        input.ShowProgress(fillsOutput: true);
        var losses = new LossCount();
        try
        {
            while (_hits < options.Limit && input.TryNext(out TraceReader? segment))
            {
                losses.Add(segment);
                _hits = Print(segment, input);
            }

            output.Flush();
        }
        catch (IOException failure)
        {
            Status |= OutputFailure.Conclude("report", failure, mustBeRead: options.Remove);
            return false;
        }

        if (losses.Lost > 0 || losses.Dropped > 0)
            TraceInput.Say("report", $"{path}: {losses.Lost} hits were lost while recording, {losses.Dropped} dropped because the spool was full");
        input.SayMixed();
        Status |= input.Status;
        if (options.Remove)
            Remove(path, input);
        return _hits < options.Limit;
    }

    private long Print(TraceReader segment, TraceInput input)
    {
        if (!options.IsJson)
            return new TraceReport(segment, input.Filter).Write(output, _hits, input.Events, options.Limit);
        using var json = new TraceJson(segment, input.Filter);
        return json.Write(output, _hits, input.Events, options.Limit);
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
