using System.Globalization;
using Diagnose.Commands;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Live;

/// <summary>
/// The hits of the background recorder, as it writes them: it leaves each on disk within half a second. Looking takes nothing
/// from anybody; a report still has them all.
/// </summary>
/// <param name="folder">Where the recorder keeps its segments.</param>
internal sealed class LiveSpool(string folder) : IDisposable
{
    private readonly SortedDictionary<long, SpoolSegment> _open = [];
    private long _newest;

    /// <summary>Opens the segment that is being written; false where there is none.</summary>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public bool TryStart()
    {
        foreach ((long number, string path) in Files().Where(file => file.Path.EndsWith(RecorderPlace.LiveExtension, StringComparison.Ordinal)))
            Open(number, path);
        return _open.Count > 0;
    }

    /// <summary>Gives each segment with something new, and the offset that it begins at.</summary>
    public void Look(Action<TraceReader, long> use)
    {
        // Before those that are open are read to their ends: what ends now begins anew in the next.
        foreach ((long number, string path) in Files().Where(file => file.Number > _newest))
            Open(number, path);
        foreach ((long number, SpoolSegment segment) in _open.ToArray())
        {
            if (segment.Read(out long from) is { } read)
                use(read, from);
            if (!segment.IsFinished)
                continue;
            segment.Dispose();
            _open.Remove(number);
        }
    }

    public void Dispose()
    {
        foreach (SpoolSegment segment in _open.Values)
            segment.Dispose();
    }

    private void Open(long number, string path)
    {
        if (SpoolSegment.TryOpen(path) is not { } segment)
            return;
        _open.Add(number, segment);
        _newest = Math.Max(_newest, number);
    }

    private (long Number, string Path)[] Files()
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Where(path => Path.GetExtension(path) is RecorderPlace.LiveExtension or RecorderPlace.FinishedExtension)
                .Select(path => (Number(path), path)).Where(file => file.Item1 >= 0).OrderBy(file => file.Item1)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static long Number(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        int dash = name.IndexOf('-', StringComparison.Ordinal);
        return long.TryParse(dash < 0 ? name : name[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;
    }
}
