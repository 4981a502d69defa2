using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Control;

/// <summary>Asks the running recorder for something.</summary>
internal static class RecorderConnection
{
    /// <summary>A recorder under the heaviest load answers in a fraction of a second; one that is stopped never does.</summary>
    private const int MostMs = 30_000;

    private const int TimedOut = 110;

    /// <summary>
    /// Has the hits up to now put where a report can take them. Returns 0, or an errno and why; a recorder that ended
    /// meanwhile has done the same.
    /// </summary>
    public static int Cut(StateFolders folders, out string why, int mostMs = MostMs)
    {
        why = "";
        if (PacketSocket.Connect(folders.Socket, out int errno, mostMs) is not { } socket)
            return WasGone(errno) ? 0 : Fail(errno, out why);
        using (socket)
        {
            socket.Send(BackgroundRecorder.Cut);
            switch (socket.Receive(mostMs))
            {
                case null:
                    return Fail(TimedOut, out why);
                case BackgroundRecorder.Done or "":
                    return 0;
                case { } answer:
                    why = answer;
                    return Errno.EIO;
            }
        }
    }

    /// <summary>Ends the recorder, and returns when its process is gone. Returns 0, or an errno and why.</summary>
    public static int Stop(StateFolders folders, RecorderPresence presence, out string why, int mostMs = MostMs)
    {
        why = "";
        PacketSocket? socket;
        int errno;
        // Nobody listens when the recorder is about to end, and when it is still arming its probe.
        for (long until = Environment.TickCount64 + mostMs; (socket = PacketSocket.Connect(folders.Socket, out errno, mostMs)) is null;)
        {
            if (!WasGone(errno))
                return Fail(errno, out why);
            if (presence.WaitForEnd(10))
                return 0;
            if (Environment.TickCount64 > until)
                return Fail(TimedOut, out why);
        }

        using (socket)
        {
            socket.Send(BackgroundRecorder.Stop);
            // The connection ends with the recorder.
            return socket.Receive(mostMs) is not null && presence.WaitForEnd(mostMs) ? 0 : Fail(TimedOut, out why);
        }
    }

    /// <summary>Nobody listens, or has removed the socket on leaving.</summary>
    private static bool WasGone(int errno)
    {
        const int refused = 111;
        return errno is Errno.ENOENT or refused;
    }

    private static int Fail(int errno, out string why)
    {
        why = errno == TimedOut
            ? "the recorder does not answer; is its process stopped? (pgrep -af background-recorder shows it)"
            : $"cannot reach the recorder: {Errno.Text(errno)}";
        return errno;
    }
}
