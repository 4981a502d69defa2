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

    private readonly List<DotNetProcess> _met = [];
    private readonly ConcurrentQueue<(int Pid, string Text)> _said = [];
    private readonly CancellationTokenSource _end = new();

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
    }

    /// <summary>The last hits were taken: gives requests under way a moment, for the names.</summary>
    public void Settle()
    {
        _end.Cancel();
        WaitForAll(LastNamesMs);
        Report();
    }

    /// <summary>All names are known: turns the maps off.</summary>
    public void TurnOff()
    {
        foreach (DotNetProcess process in _met)
            process.Disable();
        WaitForAll(LastWordsMs);
        _met.Clear();
    }

    public void Dispose() => _end.Cancel();

    private void WaitForAll(int milliseconds)
    {
        long end = Environment.TickCount64 + milliseconds;
        foreach (DotNetProcess process in _met)
            process.Wait((int)Math.Max(0, end - Environment.TickCount64));
    }
}
