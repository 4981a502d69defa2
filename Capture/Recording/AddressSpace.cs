namespace Diagnose.Capture.Recording;

/// <summary>What one process has mapped, from its fork or exec on.</summary>
internal sealed class AddressSpace(int pid, AddressSpace? parent, ulong forkTime)
{
    public int Pid { get; } = pid;

    /// <summary>The space that it was copied from; null after an exec.</summary>
    public AddressSpace? Parent { get; } = parent;

    public ulong ForkTime { get; } = forkTime;

    public MapTable Maps { get; set; } = parent?.Maps ?? MapTable.Empty;

    /// <summary>The space's id in the trace, 0 until a hit needed it.</summary>
    public int Definition { get; set; }
}
