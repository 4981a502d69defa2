namespace Diagnose.Formats.Trace;

/// <summary>What kind of event an <see cref="TableId.Events"/> row is.</summary>
public enum EventKind : byte
{
    Kprobe = 0,
    Kretprobe = 1,
    Uprobe = 2,
    Uretprobe = 3,
    Tracepoint = 4,
    Software = 5,
    Hardware = 6,
    Other = 255,
}

/// <summary>What a frame's offset counts from.</summary>
public enum ModuleKind : byte
{
    /// <summary>Addresses that belong to no known image; the offset is the address itself.</summary>
    Unknown = 0,

    /// <summary>The kernel image; the offset counts from the base address (its <c>_text</c>).</summary>
    Kernel = 1,

    /// <summary>A loadable kernel module; the offset counts from the base address.</summary>
    KernelModule = 2,

    /// <summary>A mapped file; the offset is the file offset.</summary>
    File = 3,

    /// <summary>The vDSO; the offset is the offset in its image.</summary>
    Vdso = 4,

    /// <summary>Executable memory without a file (JIT code): a module of one process; the offset is the address.</summary>
    Anonymous = 5,
}

[Flags]
public enum FrameFlags : byte
{
    None = 0,

    /// <summary>The offset is where a call returns to, not an instruction that was interrupted or probed.</summary>
    ReturnAddress = 1,
}

[Flags]
public enum StackFlags : byte
{
    None = 0,

    /// <summary>The kernel half reached the kernel's limit on depth (<c>kernel.perf_event_max_stack</c>).</summary>
    KernelTruncated = 1,

    /// <summary>The user half reached that limit, or goes on beyond what was copied of the stack.</summary>
    UserTruncated = 2,

    /// <summary>
    /// The user half was unwound from registers and a copy of the stack, and <see cref="StackEnds.Of"/> tells why it ends; without
    /// it the kernel followed frame pointers, and nobody knows.
    /// </summary>
    UserUnwound = 4,

    /// <summary>
    /// Some frame of an unwound half was passed by its frame pointer, for want of unwind information; without <see cref="UserUnwound"/>:
    /// all were, since hits came faster than they could be unwound.
    /// </summary>
    UserByFramePointer = 8,
}

/// <summary>Why a user half that was unwound has no further frame: bits 4 to 6 of <see cref="StackFlags"/>.</summary>
public enum StackEnd : byte
{
    /// <summary>The thread's or process's first function: the half is whole.</summary>
    Outermost = 0,

    /// <summary>The stack goes on beyond what was copied of it.</summary>
    CopyTooShort = 1,

    /// <summary>Code that no unwind information describes, and its frame pointer leads nowhere.</summary>
    NoUnwindInformation = 2,

    /// <summary>What the unwind information asks for is not in the stack, or not known.</summary>
    Unreadable = 3,

    /// <summary>The address is in no code that is mapped.</summary>
    NotMapped = 4,

    /// <summary>There are more frames than are kept.</summary>
    TooDeep = 5,

    /// <summary>The caller's frame would not be above its callee's.</summary>
    NoProgress = 6,

    /// <summary>A process of another architecture: 32-bit code.</summary>
    Unsupported = 7,
}

/// <summary>Puts a <see cref="StackEnd"/> into <see cref="StackFlags"/> and takes it out again.</summary>
public static class StackEnds
{
    private const int Shift = 4;

    /// <summary>The flags of an unwound half.</summary>
    public static StackFlags Flags(StackEnd end, bool byFramePointer) =>
        StackFlags.UserUnwound | (byFramePointer ? StackFlags.UserByFramePointer : 0)
        | (end is StackEnd.CopyTooShort or StackEnd.TooDeep ? StackFlags.UserTruncated : 0) | (StackFlags)((int)end << Shift);

    /// <summary>Why the half ends; null where it was not unwound.</summary>
    public static StackEnd? Of(StackFlags flags) => flags.HasFlag(StackFlags.UserUnwound) ? (StackEnd)((int)flags >> Shift & 7) : null;
}

[Flags]
public enum ProcessFlags : byte
{
    None = 0,
    KernelThread = 1,
}

/// <summary>Where a symbol's name comes from.</summary>
public enum SymbolSource : byte
{
    None = 0,
    Kallsyms = 1,
    SymTab = 2,
    DynSym = 3,
    Plt = 4,
    PerfMap = 5,

    /// <summary>The metadata of a .NET assembly that was compiled ahead of time.</summary>
    ReadyToRun = 6,
}

/// <summary>Why hits are missing.</summary>
public enum LossReason : byte
{
    /// <summary>The ring buffer was full (<c>PERF_RECORD_LOST</c>, <c>PERF_FORMAT_LOST</c>).</summary>
    RingFull = 0,

    /// <summary>The kernel throttled the event (<c>PERF_RECORD_THROTTLE</c>); the count is unknown and stored as 0.</summary>
    Throttled = 1,

    /// <summary>A record that could not be decoded.</summary>
    Malformed = 2,

    /// <summary>
    /// The spool was full: a whole earlier segment was removed to make room, with as many hits, at this time. They
    /// were recorded, so they do not count as lost in the totals.
    /// </summary>
    SpoolFull = 3,
}

/// <summary>What a value of the <see cref="BlockKind.End"/> block counts.</summary>
public enum EndCounter
{
    Hits = 1,
    HitBlocks = 2,

    /// <summary>Hits that are known to be missing from the file.</summary>
    Lost = 3,

    /// <summary>The kernel's own count of the event, where it could be read: samples times period.</summary>
    KernelCount = 4,

    /// <summary>CLOCK_MONOTONIC ns at which the event was armed and disarmed.</summary>
    StartTime = 5,
    EndTime = 6,

    /// <summary>Hits that the sampler dropped because the filters asked for it.</summary>
    Filtered = 7,
}
