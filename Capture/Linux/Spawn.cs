namespace Diagnose.Capture.Linux;

/// <summary>Starts a program with posix_spawn(3): .NET cannot fork, and its own Process takes the streams over.</summary>
internal sealed unsafe class Spawn
{
    private readonly List<(int Fd, int As)> _fds = [];

    /// <summary>A descriptor that the program gets, under a number of its own. Others that are close-on-exec do not get there.</summary>
    public Spawn With(int fd, int @as)
    {
        _fds.Add((fd, @as));
        return this;
    }

    /// <summary>Starts it in a session of its own: no terminal, and no signals from the shell's job control.</summary>
    public bool InNewSession { get; init; }

    /// <summary>Starts the program; returns 0 or an errno.</summary>
    public int Start(string executable, ReadOnlySpan<string> arguments, out int pid)
    {
        byte* actions = stackalloc byte[Libc.SpawnObjectSize];
        byte* attributes = stackalloc byte[Libc.SpawnObjectSize];
        byte* signals = stackalloc byte[Libc.SignalSetSize];
        _ = Libc.SpawnFileActionsInit(actions);
        // Duplicating a descriptor onto itself clears close-on-exec in the child alone (POSIX.1-2024, glibc 2.29, musl).
        foreach ((int fd, int number) in _fds)
            _ = Libc.SpawnFileActionsAddDup2(actions, fd, number);
        _ = Libc.SpawnAttrInit(attributes);
        _ = Libc.SigEmptySet(signals);
        _ = Libc.SpawnAttrSetSigMask(attributes, signals);
        // Caught signals fall back by themselves; others which a shell or nohup had ignored must stay ignored.
        _ = Libc.SigAddSet(signals, Libc.SIGPIPE);
        _ = Libc.SpawnAttrSetSigDefault(attributes, signals);
        _ = Libc.SpawnAttrSetFlags(attributes, (short)(Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK
            | (InNewSession ? Libc.POSIX_SPAWN_SETSID : 0)));

        using var argv = new NativeStrings(arguments);
        using var path = new NativeStrings([executable]);
        int started;
        int errno = Libc.PosixSpawn(&started, path.Pointer[0], actions, attributes, argv.Pointer, Libc.Environ);
        pid = started;
        _ = Libc.SpawnFileActionsDestroy(actions);
        _ = Libc.SpawnAttrDestroy(attributes);
        return errno;
    }

    /// <summary>Waits for a child to end; its status as a shell gives it.</summary>
    public static int Wait(int pid)
    {
        int status;
        int waited;
        do waited = Libc.WaitPid(pid, &status, 0);
        while (waited < 0 && Errno.Last == Errno.EINTR);
        return waited < 0 ? 0 : ExitCode(status);
    }

    /// <summary>What waitpid(2) gives, as a shell gives it: 128 and the signal's number when a signal ended the process.</summary>
    public static int ExitCode(int status) => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);

    /// <summary>
    /// Marks every descriptor but the standard ones close-on-exec: what a caller left open (a pipe, a lock) must not live
    /// on in a program that outlasts it.
    /// </summary>
    public static void KeepFromChildren()
    {
        const int firstOther = 3;
        List<int> fds = [];
        Directories.TryListNumbers("/proc/self/fd\0"u8, fds);
        foreach (int fd in fds)
        {
            if (fd >= firstOther)
                _ = Libc.Fcntl(fd, Libc.F_SETFD, Libc.FD_CLOEXEC);
        }
    }
}
