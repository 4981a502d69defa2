using System.Globalization;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Control;

/// <summary>Who records.</summary>
internal enum Presence
{
    Nobody,

    /// <summary>A recorder that can be reached through our folders.</summary>
    Here,

    /// <summary>A recorder that has one of our folders and not the other: it lives in a container that shares only that one.</summary>
    Elsewhere,
}

/// <summary>
/// Whether a recorder runs, told by locks that it holds as long as it lives: however it ends, the kernel takes them from it.
/// One lies in each of the two folders, since containers may share either. Another byte of each is held for the moments in
/// which somebody tidies up or becomes the recorder.
/// </summary>
internal sealed class RecorderPresence : IDisposable
{
    private const long Life = 0, Change = 1;

    private const int MostTries = 100;

    private readonly StateFolders _folders;
    private readonly FileStream _run;
    private readonly FileStream _lib;

    /// <param name="folders">Opened and checked.</param>
    public RecorderPresence(StateFolders folders)
    {
        _folders = folders;
        _run = new FileStream(folders.RunLock, StateFolders.PrivateFile(FileMode.OpenOrCreate));
        _lib = new FileStream(folders.LibLock, StateFolders.PrivateFile(FileMode.OpenOrCreate));
    }

    public Presence Now
    {
        get
        {
            // One that comes or goes has only one of its locks for a moment.
            for (int tries = 0; ; Thread.Sleep(1))
            {
                switch (FileLock.IsTaken(_run.SafeFileHandle, Life), FileLock.IsTaken(_lib.SafeFileHandle, Life))
                {
                    case (true, true):
                        return Presence.Here;
                    case (false, false):
                        return Presence.Nobody;
                }

                if (++tries == MostTries)
                    return Presence.Elsewhere;
            }
        }
    }

    /// <summary>
    /// Makes this process the recorder until it ends; false when there is one. Of several that try at the same moment one
    /// succeeds.
    /// </summary>
    public bool TryBecome()
    {
        using var change = new Changing(this);
        if (Now != Presence.Nobody)
            return false;
        if (!FileLock.TryTake(_run.SafeFileHandle, Life) || !FileLock.TryTake(_lib.SafeFileHandle, Life))
            return false;
        Spool.Recover(_folders.Spool);
        StateFolders.Write(_folders.Note, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        return true;
    }

    /// <summary>
    /// Notices a recorder that ended out of order, says so once, and makes what it left ready to be reported.
    /// </summary>
    public void Tidy(Action<string> say)
    {
        // One that was killed a moment ago may still hold its locks, while the kernel takes down its probe.
        const int mostMs = 5000;
        if (Now == Presence.Here && IsDying())
            WaitForEnd(mostMs);
        using var change = new Changing(this);
        if (Now != Presence.Nobody)
            return;
        Spool.Recover(_folders.Spool);
        if (!File.Exists(_folders.Note))
            return;
        string[] note = File.ReadAllLines(_folders.Note);
        File.Delete(_folders.Note);
        string pid = note.Length > 0 && int.TryParse(note[0], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $" (process {note[0]})" : "";
        string why = note.Length > 1 ? $"ended by itself: {string.Concat(note[1].Where(c => !char.IsControl(c)))}" : "was killed";
        say($"the recorder{pid} {why}; the hits that it had written until then can be reported");
    }

    /// <summary>For the next command to tell: why the recorder must end.</summary>
    public void NoteFailure(string why) => StateFolders.Write(_folders.Note,
        string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{why.ReplaceLineEndings(" ")}\n"));

    /// <summary>The recorder ends in order: nothing to tell.</summary>
    public void Leave() => File.Delete(_folders.Note);

    /// <summary>Waits until the recorder's process is gone; false when it takes too long.</summary>
    public bool WaitForEnd(int mostMs)
    {
        for (long until = Environment.TickCount64 + mostMs; Now == Presence.Here; Thread.Sleep(1))
        {
            if (Environment.TickCount64 > until)
                return false;
        }

        return true;
    }

    private bool IsDying()
    {
        try
        {
            return int.TryParse(File.ReadLines(_folders.Note).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && new ProcFs().TryReadStat(pid, out ProcStat stat) && stat.IsExiting;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _run.Dispose();
        _lib.Dispose();
    }

    private readonly struct Changing : IDisposable
    {
        private readonly RecorderPresence _presence;

        public Changing(RecorderPresence presence)
        {
            _presence = presence;
            // Always in this order, so that two cannot wait for each other.
            FileLock.Take(presence._run.SafeFileHandle, Change);
            FileLock.Take(presence._lib.SafeFileHandle, Change);
        }

        public void Dispose()
        {
            FileLock.Release(_presence._lib.SafeFileHandle, Change);
            FileLock.Release(_presence._run.SafeFileHandle, Change);
        }
    }
}
