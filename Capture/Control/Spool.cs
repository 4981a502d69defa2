using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Recording;
using Diagnose.Commands;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Control;

/// <summary>
/// What a background recorder has written and nobody has reported yet: a row of segments, each a file, bounded on disk. The
/// one being written has a name of its own, so that a report never takes it.
/// </summary>
internal sealed class Spool : ISegmentPlace, IDisposable
{
    private const string LiveExtension = RecorderPlace.LiveExtension;

    /// <summary>So many segments fill the spool: what goes when it is full is one of them.</summary>
    private const int Segments = 16;

    private const long LeastSegment = 64 << 10, MostSegment = 64 << 20;

    private readonly StateFolders _folders;
    private readonly long _most;
    private readonly List<SpoolFile> _finished;
    private FileStream? _live;
    private long _number;

    /// <param name="mostBytes">Bound for all segments together, also for those that a report has taken.</param>
    public Spool(StateFolders folders, long mostBytes)
    {
        _folders = folders;
        _most = mostBytes;
        _finished = SpoolFile.List(folders.Spool);
        List<SpoolFile> taken = SpoolFile.List(folders.Taken);
        _number = Math.Max(_finished.Count == 0 ? 0 : _finished[^1].Number, taken.Count == 0 ? 0 : taken[^1].Number);
    }

    public long MostBytes => Math.Clamp(_most / Segments, LeastSegment, MostSegment);

    /// <summary>The stream of the next segment.</summary>
    public Stream Begin() => _live = new FileStream(LivePath(++_number), StateFolders.PrivateFile(FileMode.CreateNew));

    public Stream Next(in EndedSegment ended)
    {
        End(ended);
        return Begin();
    }

    /// <summary>The segment is complete: a report may take it.</summary>
    public void End(in EndedSegment ended)
    {
        long length = _live!.Length;
        _live.Dispose();
        _live = null;
        string path = $"{_folders.Spool}/{SpoolFile.NameOf(_number, ended)}";
        File.Move(LivePath(_number), path);
        _finished.Add(new SpoolFile(path, _number, ended, length));
    }

    /// <summary>Writing failed: what a report can take ends with the last whole block.</summary>
    /// <param name="keep">Bytes of whole blocks.</param>
    public void Break(long keep)
    {
        // Where the next segment could not even begin, all that was written is finished.
        if (_live is null)
            return;
        if (_live.Length > keep)
            _live.SetLength(keep);
        End(new EndedSegment(SpoolFile.CountHits(LivePath(_number)), 0, 0));
    }

    public void Dispose() => _live?.Dispose();

    /// <summary>
    /// Removes the oldest segments where there is too much, and tells of each. A report takes a segment in one step, too:
    /// whoever is first has it.
    /// </summary>
    public void MakeRoom(long liveBytes, Action<EndedSegment> removed)
    {
        _finished.RemoveAll(file => !File.Exists(file.Path));
        // What a report is still printing takes its room here.
        List<SpoolFile> taken = SpoolFile.List(_folders.Taken);
        // The segment being written grows by a block or two before anybody looks again.
        long excess = liveBytes + taken.Sum(file => file.Bytes) + _finished.Sum(file => file.Bytes) - (_most - _most / 8);
        if (excess > 0 && taken.Count > 0)
        {
            // What a report has taken and nobody prints now was left by one that failed: those are the oldest.
            using var turn = new FileStream(_folders.ReportLock, StateFolders.PrivateFile(FileMode.OpenOrCreate));
            if (FileLock.TryTake(turn.SafeFileHandle, 0))
                Remove(SpoolFile.List(_folders.Taken), ref excess, removed);
        }

        Remove(_finished, ref excess, removed);
    }

    private void Remove(List<SpoolFile> files, ref long excess, Action<EndedSegment> removed)
    {
        for (; excess > 0 && files.Count > 0; files.RemoveAt(0))
        {
            SpoolFile oldest = files[0];
            excess -= oldest.Bytes;
            string doomed = $"{_folders.Spool}/{Path.GetFileNameWithoutExtension(oldest.Path)}.gone";
            try
            {
                File.Move(oldest.Path, doomed);
            }
            catch (FileNotFoundException)
            {
                continue;
            }

            // Killed before it is told, the recorder has removed nothing: see Recover.
            removed(oldest.Segment);
            File.Delete(doomed);
        }
    }

    /// <summary>Nothing was recorded after all: what the recorder began is not for reports.</summary>
    public static void Discard(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*" + LiveExtension))
            File.Delete(path);
    }

    /// <summary>Whatever was being written when its recorder was killed is finished as it is.</summary>
    public static void Recover(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*" + LiveExtension))
        {
            if (!long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                continue;
            ulong hits = SpoolFile.CountHits(path);
            // Killed before anything was written: there is nothing to report.
            if (new FileInfo(path).Length == 0)
                File.Delete(path);
            else
                File.Move(path, $"{folder}/{SpoolFile.NameOf(number, new EndedSegment(hits, 0, 0))}");
        }

        // About to be removed, and perhaps not told of yet: better told and shown than neither.
        foreach (string path in Directory.EnumerateFiles(folder, "*.gone"))
            File.Move(path, Path.ChangeExtension(path, SpoolFile.Extension), overwrite: true);
    }

    private string LivePath(long number) => string.Create(CultureInfo.InvariantCulture, $"{_folders.Spool}/{number:D10}{LiveExtension}");
}
