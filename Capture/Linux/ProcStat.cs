namespace Diagnose.Capture.Linux;

/// <summary>What is used of <c>/proc/PID/stat</c> (proc_pid_stat(5)).</summary>
public readonly ref struct ProcStat
{
    private const ulong KernelThread = 0x00200000, Exiting = 0x00000004;

    public int Pid { get; private init; }

    /// <summary>The main thread's name; it may hold spaces, parentheses and newlines.</summary>
    public ReadOnlySpan<byte> Comm { get; private init; }

    /// <summary>R, S, D, Z, T, …</summary>
    public char State { get; private init; }

    /// <summary>Parent process, or 0.</summary>
    public int ParentPid { get; private init; }

    /// <summary>PF_KTHREAD of <c>linux/sched.h</c>: a thread of the kernel, with no memory of its own.</summary>
    public bool IsKernelThread { get; private init; }

    /// <summary>PF_EXITING, or a zombie: it runs no code of its own any more, but may not have let go of everything.</summary>
    public bool IsExiting { get; private init; }

    /// <summary>When the process started, in clock ticks (1/100 s) since boot.</summary>
    public ulong StartTime { get; private init; }

    /// <summary>Reads the file's text; false when it is not of this form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ProcStat stat)
    {
        stat = default;
        var open = text.IndexOf((byte)'(');
        // The name may hold any byte, a parenthesis too, so it ends at the last one.
        var close = text.LastIndexOf((byte)')');
        if (open < 2 || close < open || !Digits.TryParse(text[..(open - 1)], out var pid)) return false;
        var rest = text[(close + 1)..].Trim(" \n"u8);
        var state = Digits.TakeUntil(ref rest, (byte)' ');
        if (state.Length != 1) return false;
        if (!Digits.TryParse(Digits.TakeUntil(ref rest, (byte)' '), out var parent)) return false;
        for (var field = 5; field < 9; field++) Digits.TakeUntil(ref rest, (byte)' ');
        if (!Digits.TryParse(Digits.TakeUntil(ref rest, (byte)' '), out var flags)) return false;
        for (var field = 10; field < 22; field++) Digits.TakeUntil(ref rest, (byte)' ');
        if (!Digits.TryParse(Digits.TakeUntil(ref rest, (byte)' '), out var start)) return false;
        stat = new ProcStat
        {
            Pid = (int)pid,
            Comm = text[(open + 1)..close],
            State = (char)state[0],
            ParentPid = (int)parent,
            IsKernelThread = (flags & KernelThread) != 0,
            IsExiting = (flags & Exiting) != 0 || state[0] == 'Z',
            StartTime = start,
        };
        return true;
    }
}
