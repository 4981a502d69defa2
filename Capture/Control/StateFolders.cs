using Diagnose.Capture.Linux;
using Diagnose.Commands;

namespace Diagnose.Capture.Control;

/// <summary>Where the background recorder keeps what must outlive a command. Both folders are for their owner alone.</summary>
/// <param name="Run">What is true until the machine is started again: locks, the socket, who records.</param>
/// <param name="Lib">What stays: hits that were not reported yet, and the last settings.</param>
internal sealed record StateFolders(string Run, string Lib)
{
    public static StateFolders OfMachine { get; } = new(RecorderPlace.Run, RecorderPlace.Lib);

    public string RunLock => $"{Run}/kprobe.lock";

    public string Socket => $"{Run}/kprobe.sock";

    /// <summary>There while a recorder runs, and after one that did not end in order: its process, and perhaps why.</summary>
    public string Note => $"{Run}/kprobe.active";

    public string LibLock => $"{Lib}/kprobe.lock";

    public string Settings => $"{Lib}/kprobe.settings";

    /// <summary>Segments that were not reported yet, and the one that is being written.</summary>
    public string Spool => $"{Lib}/spool";

    /// <summary>Segments that a report has taken, and has not printed to the end.</summary>
    public string Taken => $"{Lib}/report";

    public string ReportLock => $"{Lib}/report.lock";

    public string Log => $"{Lib}/recorder.log";

    /// <summary>Checks them, and makes them where they are missing. Returns 0 or an errno, and then why.</summary>
    /// <param name="make">False only looks: ENOENT when there never was a recorder.</param>
    public int Open(bool make, out string why)
    {
        foreach (string folder in (string[])[Run, Lib, Spool, Taken])
        {
            // /run is empty after each start of the machine; what was recorded before is still there.
            if (PrivateFolder.Open(folder, make || (folder == Run && Directory.Exists(Lib)), out why) is var errno and not 0)
                return errno;
        }

        why = "";
        return 0;
    }

    /// <summary>The settings of the last activation that succeeded; null when there was none.</summary>
    public KprobeSettings? LastSettings()
    {
        try
        {
            return KprobeSettings.FromLines(File.ReadAllText(Settings));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes a small file in one step: it is there whole or not at all.</summary>
    public static void Write(string path, string text)
    {
        string half = path + ".new";
        File.Delete(half);
        using (var file = new FileStream(half, PrivateFile(FileMode.CreateNew)))
            file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        File.Move(half, path, overwrite: true);
    }

    public static FileStreamOptions PrivateFile(FileMode mode) => new()
    {
        Mode = mode,
        Access = mode == FileMode.OpenOrCreate ? FileAccess.ReadWrite : FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };
}
