namespace Diagnose.Formats.Unwind;

/// <summary>Why the unwinding of a stack ended.</summary>
public enum UnwindStop : byte
{
    /// <summary>The thread's or process's first function: the stack is whole.</summary>
    ReachedOutermost = 0,

    /// <summary>The stack goes on beyond what was copied of it.</summary>
    StackTruncated,

    /// <summary>Code that no unwind information describes, and its frame pointer leads nowhere.</summary>
    NoRow,

    /// <summary>What the unwind information asks for is not in the stack, or not known.</summary>
    BadRead,

    /// <summary>The address is not in the code of any module.</summary>
    NoModule,

    /// <summary>There are more frames than asked for.</summary>
    TooDeep,

    /// <summary>A caller's frame would not be above its callee's.</summary>
    NoProgress,

    /// <summary>The registers are not those of an architecture that can be unwound.</summary>
    Unsupported,
}

/// <summary>How the unwinding of a stack ended.</summary>
/// <param name="FramePointerUsed">
/// Some frame was passed by its frame pointer, for want of unwind information: a function that keeps none there hides its caller.
/// </param>
public readonly record struct UnwindEnd(UnwindStop Stop, bool FramePointerUsed);
