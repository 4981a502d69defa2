using System.Globalization;

namespace Diagnose.Capture.Linux;

/// <summary>
/// A command that has a process id but does not run before it is told to, so that a capture can aim at it first.
/// .NET cannot fork, so our own program is started again: that process waits on a socket inherited from here, then
/// becomes the command. When this process ends without a word, it ends too.
/// </summary>
public sealed unsafe class HeldCommand : IDisposable
{
    /// <summary>The hidden first argument of the waiting process; the socket's number and the command follow.</summary>
    public const string HeldArgument = "--exec-held";

    private readonly string command;
    private int socket, pidfd;
    private bool ended;

    private HeldCommand(string command, int pid, int socket)
    {
        this.command = command;
        this.socket = socket;
        Pid = pid;
        pidfd = Libc.PidfdOpen(pid);
    }

    /// <summary>Process id, now and after it became the command.</summary>
    public int Pid { get; }

    /// <summary>A descriptor that is readable once the process ended (pidfd_open(2)), or -1 on kernels before 5.3.</summary>
    public int PidFd => pidfd;

    /// <summary>
    /// Starts the waiting process for <paramref name="command"/> (the program and its arguments), with this process's
    /// standard streams, environment and folder. <paramref name="executable"/> is our own program; null finds it.
    /// </summary>
    public static bool TryStart(ReadOnlySpan<string> command, out HeldCommand? held, out int errno, string? executable = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(command.Length);
        held = null;
        var ends = stackalloc int[2];
        if (Libc.SocketPair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, ends) < 0)
        {
            errno = Errno.Last;
            return false;
        }

        string[] arguments = ["diagnose-capture", HeldArgument, ends[1].ToString(CultureInfo.InvariantCulture), .. command];
        // Its name while it waits is that of the file it was started from: /proc/self/exe would make it "exe".
        errno = new Spawn().With(ends[1], ends[1])
            .Start(executable ?? Environment.ProcessPath ?? "/proc/self/exe", arguments, out var pid);
        _ = Libc.Close(ends[1]);
        if (errno != 0) _ = Libc.Close(ends[0]);
        else held = new HeldCommand(command[0], pid, ends[0]);
        return held is not null;
    }

    /// <summary>
    /// Lets the process become the command and waits until it did. Null, or the line that says why it could not; the
    /// process then ends with 127 without a word of its own.
    /// </summary>
    public string? Release()
    {
        if (socket < 0) return null;
        byte go = 1;
        if (Libc.Send(socket, &go, 1, Libc.MSG_NOSIGNAL) != 1) return Failure(command, "the waiting process ended");
        // The socket closes on exec, so its end means success; a failed exec sends its errno.
        int errno;
        nint got;
        do got = Libc.Receive(socket, &errno, sizeof(int), 0);
        while (got < 0 && Errno.Last == Errno.EINTR);
        CloseSocket();
        return got == sizeof(int) ? Failure(command, Errno.Text(errno)) : null;
    }

    /// <summary>
    /// True once the process ended: <paramref name="exitCode"/> is then its status as a shell gives it (128 and the
    /// signal's number when a signal ended it). Never waits.
    /// </summary>
    public bool TryGetExit(out int exitCode)
    {
        exitCode = ExitCode;
        if (ended) return true;
        int status;
        int waited;
        do waited = Libc.WaitPid(Pid, &status, Libc.WNOHANG);
        while (waited < 0 && Errno.Last == Errno.EINTR);
        if (waited == 0) return false;
        ended = true;
        // Nobody can tell the status when whoever started us ignores SIGCHLD: the kernel has dropped it.
        ExitCode = exitCode = waited < 0 ? 0 : Spawn.ExitCode(status);
        return true;
    }

    /// <summary>Status of the ended process; see <see cref="TryGetExit"/>.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Sends a signal (SIGTERM is 15, SIGKILL 9) unless the process ended.</summary>
    public void Kill(int signal)
    {
        // Not waited for, the id cannot belong to another process yet.
        if (!ended) _ = Libc.Kill(Pid, signal);
    }

    /// <summary>Closes the descriptors. A process not yet released ends by itself; a command goes on.</summary>
    public void Dispose()
    {
        CloseSocket();
        if (pidfd >= 0) _ = Libc.Close(pidfd);
        pidfd = -1;
    }

    /// <summary>
    /// The waiting process: <paramref name="args"/> are the program's arguments, of which the first is
    /// <see cref="HeldArgument"/>. Returns the exit code when it did not become the command.
    /// </summary>
    public static int RunHeld(ReadOnlySpan<string> args)
    {
        const int cannotRun = 127;
        if (args.Length < 3 || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var socket)) return cannotRun;
        byte go;
        nint got;
        do got = Libc.Receive(socket, &go, 1, 0);
        while (got < 0 && Errno.Last == Errno.EINTR);
        if (got != 1) return cannotRun;

        _ = Libc.Fcntl(socket, Libc.F_SETFD, Libc.FD_CLOEXEC);
        // The .NET runtime ignores SIGPIPE, and a signal that is ignored stays so in the command.
        Libc.Signal(Libc.SIGPIPE, 0);
        using var argv = new NativeStrings(args[2..]);
        _ = Libc.ExecVp(argv.Pointer[0], argv.Pointer);

        var errno = Errno.Last;
        Libc.Send(socket, &errno, sizeof(int), Libc.MSG_NOSIGNAL);
        return cannotRun;
    }

    private static string Failure(string command, string why) => $"cannot run '{command}': {why}";

    private void CloseSocket()
    {
        if (socket >= 0) _ = Libc.Close(socket);
        socket = -1;
    }
}
