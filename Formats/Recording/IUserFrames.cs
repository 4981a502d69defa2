using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>Finds the callers of user code from registers and a copy of the stack, where the kernel did not.</summary>
internal interface IUserFrames
{
    /// <summary>True while hits come faster than they can be unwound: they then get what can be had quickly, and are marked.</summary>
    bool IsHurried { get; set; }

    /// <summary>
    /// Frames of the user half, leaf first, as a callchain has them, and <see cref="CallchainContext.Interrupted"/> before each that
    /// a signal interrupted; how many entries.
    /// </summary>
    /// <param name="registers">Which registers the context has: sample_regs_user.</param>
    /// <param name="process">Whose mappings the addresses lie in.</param>
    /// <param name="flags">How the half ends.</param>
    int Unwind(in UserContext context, ulong registers, TracedProcess process, Span<ulong> frames, out StackFlags flags);
}
