using System.Globalization;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Control;

/// <summary>Starts the background recorder and waits until it has armed its probe, or says why it cannot.</summary>
internal static class Activation
{
    /// <summary>Far more than a machine takes: something must be wrong with the recorder then.</summary>
    private const int MostMs = 120_000;

    /// <summary>Returns 0 or an errno, and then why.</summary>
    /// <param name="text">The settings as they were given, which were found to be right.</param>
    public static int Start(StateFolders folders, string text, out string why)
    {
        Spawn.KeepFromChildren();
        (PacketSocket ours, PacketSocket theirs) = PacketSocket.Pair();
        using var us = ours;
        int pid;
        using (theirs)
        using (var nothing = new FileStream("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0))
        using (var log = new FileStream(folders.Log, StateFolders.PrivateFile(FileMode.Create)))
        {
            int none = (int)nothing.SafeFileHandle.DangerousGetHandle();
            string[] arguments = ["diagnose-capture", BackgroundRecorder.Argument,
                theirs.Fd.ToString(CultureInfo.InvariantCulture), text];
            int errno = new Spawn { InNewSession = true }
                .With(none, 0).With(none, 1).With((int)log.SafeFileHandle.DangerousGetHandle(), 2).With(theirs.Fd, theirs.Fd)
                .Start(Environment.ProcessPath ?? "/proc/self/exe", arguments, out pid);
            if (errno != 0)
            {
                why = $"cannot start the recorder: {Errno.Text(errno)}";
                return errno;
            }
        }

        string? answer = ours.Receive(MostMs);
        if (answer is null)
        {
            why = $"the recorder (process {pid}) has not armed its probe in {MostMs / 1000} seconds; it was ended";
            _ = Libc.Kill(pid, Libc.SIGKILL);
            const int timedOut = 110;
            return timedOut;
        }

        int line = answer.IndexOf('\n', StringComparison.Ordinal);
        if (line < 0 || !int.TryParse(answer[..line], NumberStyles.None, CultureInfo.InvariantCulture, out int failed))
        {
            why = $"the recorder ended before its probe was armed; {folders.Log} may say why";
            return Errno.EIO;
        }

        // One that was refused holds its locks until it ends, and whoever is told may try again at once.
        if (failed != 0)
            _ = ours.Receive(MostMs);
        why = answer[(line + 1)..];
        return failed;
    }
}
