using System.Diagnostics;
using System.Globalization;
using Diagnose.Capture.Recording;

namespace Diagnose.Capture.Commands;

/// <summary>One line that keeps itself up to date while recording; nothing at all where nobody looks.</summary>
internal sealed class ProgressLine
{
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(500);

    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _shownAt;
    private ulong _hits;
    private int _width;

    public void Show(Progress progress)
    {
        if (!_isTerminal || (_shownAt != 0 && Stopwatch.GetElapsedTime(_shownAt) < s_every))
            return;
        double seconds = _shownAt == 0 ? progress.ElapsedNs / 1e9 : Stopwatch.GetElapsedTime(_shownAt).TotalSeconds;
        double rate = seconds > 0 ? (progress.Hits - _hits) / seconds : 0;
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{progress.Hits} hits, {rate:0}/s, {progress.Lost} lost, {progress.Bytes / 1024.0:0.0} KiB written");
        Console.Error.Write('\r' + text.PadRight(_width));
        (_shownAt, _hits, _width) = (Stopwatch.GetTimestamp(), progress.Hits, text.Length);
    }

    /// <summary>Makes room for a line that stays; the next <see cref="Show"/> draws this one again below it.</summary>
    public void Clear()
    {
        if (_width > 0)
            Console.Error.Write('\r' + new string(' ', _width) + '\r');
        _width = 0;
    }
}
