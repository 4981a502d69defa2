using System.Collections.Concurrent;
using System.Globalization;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.DotNet;

/// <summary>
/// The .NET processes that a recording met: their perf maps are turned on while it runs, and off again at its end. Whatever a runtime
/// does or does not answer, the recording never waits for it but for a moment at its end.
/// </summary>
internal sealed class DotNetRuntimes(Notices notices) : IRuntimeListener, IDisposable
{
    /// <summary>Each has a thread until it answers.</summary>
    private const int MostProcesses = 256;

    private const int LastNamesMs = 300, LastWordsMs = 1000;

    /// <summary>How often those that ended are looked for; their maps are read for the last time before that is twice over.</summary>
    private const int SweepMs = 1000;

    private readonly List<DotNetProcess> _met = [];
    private readonly ConcurrentQueue<(int Pid, string Text)> _said = [];
    private readonly CancellationTokenSource _end = new();
    private readonly HashSet<DotNetProcess> _gone = [];
    private long _swept;

    public void Met(TracedProcess process)
    {
        if (_met.Count == MostProcesses)
            notices.Say($"{MostProcesses} .NET processes write perf maps for this recording: methods of further ones stay unnamed");
        else
            _met.Add(new DotNetProcess(process.Pid, (pid, text) => _said.Enqueue((pid, text)), _end.Token));
    }

    /// <summary>Passes on what did not work.</summary>
    public void Report()
    {
        while (_said.TryDequeue(out (int Pid, string Text) said))
            notices.Say(string.Create(CultureInfo.InvariantCulture, $"process {said.Pid}"), said.Text);
        if (Environment.TickCount64 - _swept >= SweepMs)
            Sweep();
    }

    /// <summary>The last hits were taken: gives requests under way a moment, for the names.</summary>
    public void Settle()
    {
        _end.Cancel();
        WaitForAll(LastNamesMs);
        Report();
    }

    /// <summary>All names are known, or none are wanted any more: turns the maps off.</summary>
    public void TurnOff()
    {
        _end.Cancel();
        foreach (DotNetProcess process in _met)
            process.Disable();
        WaitForAll(LastWordsMs);
        _met.Clear();
    }

    public void Dispose() => TurnOff();

    /// <summary>Lets go of processes that ended: each holds descriptors, and has left a map behind.</summary>
    private void Sweep()
    {
        _swept = Environment.TickCount64;
        _met.RemoveAll(process =>
        {
            if (!process.IsGone)
                return false;
            // Its last hits may not have their names yet.
            if (_gone.Add(process))
                return false;
            process.Disable();
            return process.Wait(0) && _gone.Remove(process);
        });
    }

    private void WaitForAll(int milliseconds)
    {
        long end = Environment.TickCount64 + milliseconds;
        foreach (DotNetProcess process in _met)
            process.Wait((int)Math.Max(0, end - Environment.TickCount64));
    }
}
