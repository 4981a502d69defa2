using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>
/// Which hits are wanted. The kernel drops what it can before it writes them; this says exactly, for each hit that it
/// wrote, whether it belongs.
/// </summary>
/// <param name="Tgid">Process, 0 for every one.</param>
/// <param name="Pid">Thread, 0 for every one.</param>
/// <param name="Comm">Name of the process, that is of its group leader, as a string id of the trace; 0 for every one.</param>
/// <param name="Self">The sampler's own process, which never counts.</param>
/// <param name="OnlyFamily">Only the process that was marked (see <see cref="TracedProcess.IsFamily"/>) and what it starts.</param>
/// <param name="WithIdle">The idle task counts, too.</param>
internal readonly record struct HitFilter(int Tgid, int Pid, int Comm, int Self, bool OnlyFamily = false, bool WithIdle = false)
{
    /// <summary>Every hit that there is.</summary>
    public static HitFilter None => new(0, 0, 0, int.MinValue, WithIdle: true);

    /// <summary>The same filter in a new segment of the trace.</summary>
    /// <param name="before">The strings of the segment before.</param>
    public HitFilter In(DefinitionWriter definitions, ByteInterner before) =>
        Comm == 0 ? this : this with { Comm = definitions.String(before[Comm]) };

    /// <summary>What the ids alone decide, before the thread is looked up.</summary>
    public bool Wants(int pid, int tid) =>
        (tid != 0 || WithIdle) && pid != Self && (Tgid == 0 || pid == Tgid) && (Pid == 0 || tid == Pid);

    public bool Wants(TracedProcess process) =>
        (Comm == 0 || process.Comm == Comm) && (!OnlyFamily || process.IsFamily);
}
