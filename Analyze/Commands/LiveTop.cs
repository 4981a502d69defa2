using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Live;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Top;
using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>How <c>top</c> shows what the background recorder records.</summary>
/// <param name="Interval">Seconds from one look to the next.</param>
/// <param name="Window">Seconds for which a hit is shown.</param>
/// <param name="Looks">After so many it ends.</param>
internal readonly record struct LiveOptions(long Interval, long Window, long Looks);

/// <summary><c>top</c> without a file: the functions that are hit now, again and again, until it is interrupted.</summary>
internal sealed class LiveTop(HitFilters filters, LiveOptions live, int most, bool byTotal) : IDisposable
{
    private const ulong NsPerSecond = 1_000_000_000;

    /// <summary>Lines of a screen that are no functions.</summary>
    private const int OtherLines = 4;

    private readonly LiveSpool _spool = new(RecorderPlace.Spool);
    private readonly RecentHits _hits = new(filters, (ulong)live.Window * NsPerSecond);
    private readonly ManualResetEventSlim _interrupted = new();
    private string? _recorder;

    /// <summary>Shows and returns the exit status.</summary>
    public int Run()
    {
        try
        {
            _recorder = Recorder();
            if (_recorder is null || !_spool.TryStart())
            {
                TraceInput.Say("top", "no recorder is active; start one with diagnose-tools kprobe --activate='probe=FUNCTION', or name a FILE");
                return 1;
            }
        }
        catch (UnauthorizedAccessException)
        {
            TraceInput.Say("top", $"cannot read {RecorderPlace.Spool}: what the recorder records is for root only");
            return 1;
        }

        using IDisposable interrupt = OnInterrupt(PosixSignal.SIGINT), end = OnInterrupt(PosixSignal.SIGTERM), hangUp = OnInterrupt(PosixSignal.SIGHUP);
        using var stream = new StandardOutput();
        var output = new Terminal(stream);
        int status = 0;
        try
        {
            output.Enter();
            status = Watch(output);
        }
        catch (IOException failure)
        {
            return OutputFailure.Conclude("top", failure);
        }
        finally
        {
            Leave(output);
        }

        // Only now is it not on the screen that goes.
        if (_hits.Problem is { } problem)
            TraceInput.Say("top", $"the recorder that runs: {problem}");
        return status;
    }

    public void Dispose()
    {
        _spool.Dispose();
        _interrupted.Dispose();
    }

    private int Watch(Terminal output)
    {
        for (long look = 1; ; look++)
        {
            ulong now = Now();
            // Asked first: what it leaves when it ends is seen then.
            bool isOver = Recorder() != _recorder;
            _spool.Look((segment, from) => _hits.Add(segment, from, now));
            if (_hits.Problem is not null)
                return 1;
            Show(output, now);
            if (isOver || look >= live.Looks || _interrupted.Wait(TimeSpan.FromSeconds(live.Interval)))
                return 0;
        }
    }

    private void Show(Terminal output, ulong now)
    {
        HotFunctions functions = _hits.Functions(now);
        output.Home();
        output.Line(string.Create(CultureInfo.InvariantCulture,
            $"hits  {functions.Hits} in the last {live.Window} s, {_hits.All} since it is watched{(_hits.Events.Count == 0 ? "" : $": {_hits.Events}")}"));
        output.EndLine();
        TopTable.Of(functions, (int)Math.Min(most, Math.Max(1, (long)output.Height - OtherLines)), byTotal).Write(output);
        if (!output.IsTerminal)
            output.EndLine();
        output.Flush();
    }

    /// <summary>Also where what was to be shown could not be: the terminal is somebody's.</summary>
    private static void Leave(Terminal output)
    {
        try
        {
            output.Leave();
            output.Flush();
        }
        catch (IOException)
        {
            // It is gone.
        }
    }

    private PosixSignalRegistration OnInterrupt(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _interrupted.Set();
    });

    /// <summary>CLOCK_MONOTONIC, in which hits are recorded.</summary>
    private static ulong Now() => (ulong)Stopwatch.GetTimestamp();

    /// <summary>The recorder's process; null where there is none, or one that was killed and that nobody has tidied up after.</summary>
    private static string? Recorder() =>
        File.Exists(RecorderPlace.Note) && File.ReadLines(RecorderPlace.Note).FirstOrDefault() is { } process && Directory.Exists($"/proc/{process}")
            ? process : null;
}
