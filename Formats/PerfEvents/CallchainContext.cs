namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// <c>enum perf_callchain_context</c>: entries of a callchain that are no address but say whose frames follow.
/// </summary>
public static class CallchainContext
{
    public const ulong Hypervisor = unchecked((ulong)-32);
    public const ulong Kernel = unchecked((ulong)-128);
    public const ulong User = unchecked((ulong)-512);
    public const ulong Guest = unchecked((ulong)-2048);
    public const ulong GuestKernel = unchecked((ulong)-2176);
    public const ulong GuestUser = unchecked((ulong)-2560);

    /// <summary>
    /// Not the kernel's: stands in the user half of a chain that was unwound here, before a frame that a signal interrupted. Unlike
    /// its neighbours that frame is no return address. No address of code: the upper half is the kernel's, and this its hole.
    /// </summary>
    public const ulong Interrupted = 1UL << 63;

    /// <summary>PERF_CONTEXT_MAX: every value from here up is a marker, known or not.</summary>
    public const ulong Lowest = unchecked((ulong)-4095);

    /// <summary>True when <paramref name="entry"/> is a marker and no address.</summary>
    public static bool IsMarker(ulong entry) => entry >= Lowest;
}
