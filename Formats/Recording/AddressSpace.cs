namespace Diagnose.Formats.Recording;

/// <summary>What one process has mapped, from its fork or exec on.</summary>
internal sealed class AddressSpace
{
    private readonly ulong _inheritedKey;

    private AddressSpace(int pid, AddressSpace? parent, ulong forkTime)
    {
        (Pid, Parent, ForkTime) = (pid, parent, forkTime);
        Maps = parent?.Maps ?? MapTable.Empty;
        _inheritedKey = Maps.Key;
    }

    public int Pid { get; }

    /// <summary>The space that it was copied from; null after an exec.</summary>
    public AddressSpace? Parent { get; }

    public ulong ForkTime { get; }

    public MapTable Maps { get; set; }

    /// <summary>The space's id in the trace, none until a hit needed it.</summary>
    public SegmentId Definition;

    /// <summary><see cref="Diagnose.Formats.Trace.ModuleRow.Instance"/> of its memory without a file, 0 until it has some.</summary>
    public uint AnonymousInstance { get; set; }

    /// <summary>A .NET runtime was loaded into it.</summary>
    public bool HasDotNet { get; set; }

    /// <summary>Whoever wants to know of runtimes was told.</summary>
    public bool IsRuntimeTold { get; set; }

    /// <summary>Images numbered so far because the same file is mapped at several places.</summary>
    public uint FileInstances { get; set; }

    /// <summary>A space without a past: after an exec, or where the past was not seen.</summary>
    public static AddressSpace New(int pid) => new(pid, null, 0);

    /// <summary>
    /// The copy that a fork makes. A space that never mapped anything of its own is passed over for what it was copied
    /// from: shells and daemons fork from fork to fork, and each would keep all before it.
    /// </summary>
    public AddressSpace Fork(int pid, ulong time) =>
        Maps.Key == _inheritedKey && Parent is not null ? new AddressSpace(pid, Parent, ForkTime) { Maps = Maps, FileInstances = FileInstances }
        : Maps.Count == 0 ? New(pid)
        : new AddressSpace(pid, this, time) { FileInstances = FileInstances };
}
