namespace Diagnose.Capture.Linux;

/// <summary>
/// The thread that empties the rings: it takes little of a processor, but must have it soon, since hits that find no room are
/// lost. So it goes before others, where it may (CAP_SYS_NICE).
/// </summary>
internal static class PromptThread
{
    private const int PrioProcess = 0, Nice = -10;

    /// <summary>Makes the calling thread prompt; programs that were started before are not.</summary>
    public static void Begin() => _ = Libc.SetPriority(PrioProcess, 0, Nice);
}
