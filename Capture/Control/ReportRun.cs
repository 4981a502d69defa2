using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Commands;
using Diagnose.Formats.Trace;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Control;

/// <summary>
/// The <c>--report</c> action: hands what was recorded since the last report to the analyzer, or to a file, and forgets it
/// once that is done.
/// </summary>
internal sealed class ReportRun(StateFolders folders, Action<string> say)
{
    private readonly MoveIntent _intent = new(folders);

    /// <summary>Prints and forgets; the exit status.</summary>
    public int Print() => Take((files, turn) => files.Count == 0 ? 0 : Analyze(["report", "--remove", .. files.Select(file => file.Path)], turn));

    /// <summary>Moves everything into one trace file (<c>-</c> for standard output); the exit status.</summary>
    public int MoveTo(string target) => Take((files, _) =>
    {
        if (files.Count == 0)
        {
            say("there is nothing to report: no recorder ran since the last report");
            return 1;
        }

        try
        {
            Join(files, target);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            say($"cannot write {target}: {Errno.Reason(failure)}; the hits are kept for the next report");
            return 1;
        }

        foreach (SpoolFile file in files)
            File.Delete(file.Path);
        _intent.Settle();
        return 0;
    });

    /// <summary>Runs the analyzer, which lies beside this program, on our standard streams; its exit status.</summary>
    /// <param name="turn">A lock that it keeps even when we are killed, and prints on.</param>
    public int Analyze(string[] arguments, FileStream? turn = null)
    {
        string program = Path.Combine(Path.GetDirectoryName(Environment.ProcessPath) ?? ".", "diagnose-analyze");
        var spawn = new Spawn();
        if (turn?.SafeFileHandle.DangerousGetHandle() is { } held)
            spawn.With((int)held, (int)held);
        int errno = spawn.Start(program, ["diagnose-analyze", .. arguments], out int pid);
        if (errno == 0)
            return Spawn.Wait(pid);
        say($"cannot start {program}: {Errno.Text(errno)}");
        return 1;
    }

    /// <summary>
    /// Takes all segments that no report has printed yet, oldest first. Only one report does so at a time; one that was
    /// interrupted has left what it took, and the next begins with that.
    /// </summary>
    private int Take(Func<List<SpoolFile>, FileStream?, int> use)
    {
        int errno = folders.Open(make: false, out string why);
        if (errno == Errno.ENOENT)
            return use([], null);
        if (errno != 0)
            return Fail(why);
        using var presence = new RecorderPresence(folders);
        using var turn = new FileStream(folders.ReportLock, StateFolders.PrivateFile(FileMode.OpenOrCreate));
        FileLock.Take(turn.SafeFileHandle, 0);
        _intent.Settle();
        presence.Tidy(say);
        Presence now = presence.Now;
        if (now == Presence.Elsewhere)
            return Fail(BackgroundRecorder.Busy(now));
        if (now == Presence.Here && RecorderConnection.Cut(folders, out why) != 0)
            return Fail(why);
        foreach (SpoolFile file in SpoolFile.List(folders.Spool))
        {
            try
            {
                File.Move(file.Path, Path.Combine(folders.Taken, Path.GetFileName(file.Path)));
            }
            catch (FileNotFoundException)
            {
                // The recorder needed the room, and counts what it removed.
            }
        }

        List<SpoolFile> files = SpoolFile.List(folders.Taken);
        int broken = files.RemoveAll(file => !IsWhole(file));
        return Math.Max(use(files, turn), Math.Min(broken, 1));
    }

    /// <summary>
    /// A segment that was not on disk yet when the machine went down can be empty, or zeros. Nobody can read it, and every
    /// report would fail at it again.
    /// </summary>
    private bool IsWhole(SpoolFile file)
    {
        Span<byte> start = stackalloc byte[96];
        using (FileStream segment = File.OpenRead(file.Path))
        {
            if (TraceReader.LooksLikeTrace(start[..segment.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]))
                return true;
        }

        string aside = Path.ChangeExtension(file.Path, ".damaged");
        File.Move(file.Path, aside, overwrite: true);
        say($"{file.Segment.Hits} hits are lost: their file was damaged, as by a crash of the machine; it was put aside as {aside}");
        return false;
    }

    private void Join(List<SpoolFile> files, string target)
    {
        bool isThere = FileStatus.TryGet(target, follow: true, out FileStatus status, out _);
        // Also by another name, such as /dev/stdout: opened anew it would have a place of its own in the file.
        if (target == "-" || (isThere && IsStandardOutput(status)))
        {
            using var output = new StandardOutput();
            Copy(files, output);
            return;
        }

        if (isThere && !status.IsRegular)
        {
            using var output = new FileStream(target, FileMode.Open, FileAccess.Write);
            Copy(files, output);
            return;
        }

        // One of the machine's own (/dev/stderr) must stay.
        if (Path.GetDirectoryName(Path.GetFullPath(target)) == "/dev"
            && FileStatus.TryGet(target, follow: false, out FileStatus link, out _) && !link.IsRegular)
            throw new IOException("it is a link, and would be replaced");
        // Whole under its name or not at all, and never through a link that somebody else put there.
        string half = string.Create(CultureInfo.InvariantCulture, $"{target}.{Environment.ProcessId}.new");
        try
        {
            using (var output = new FileStream(half, StateFolders.PrivateFile(FileMode.CreateNew)))
            {
                Copy(files, output);
                output.Flush(flushToDisk: true);
            }

            _intent.Write(half, target, files);
            File.Move(half, target, overwrite: true);
        }
        catch
        {
            File.Delete(half);
            throw;
        }
    }

    private static bool IsStandardOutput(FileStatus file)
    {
        using var output = new SafeFileHandle(1, ownsHandle: false);
        return FileStatus.TryGet(output, out FileStatus ours, out _)
            && (ours.Major, ours.Minor, ours.Inode) == (file.Major, file.Minor, file.Inode);
    }

    private static void Copy(List<SpoolFile> files, Stream output)
    {
        foreach (SpoolFile file in files)
        {
            using FileStream segment = File.OpenRead(file.Path);
            segment.CopyTo(output);
        }
    }

    private int Fail(string why)
    {
        say(why);
        return 1;
    }
}
