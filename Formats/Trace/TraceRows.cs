namespace Diagnose.Formats.Trace;

/// <summary>A row of <see cref="TableId.Clocks"/>, both in ns.</summary>
public readonly record struct ClockRow(ulong Monotonic, ulong Realtime);

/// <summary>A row of <see cref="TableId.Events"/>.</summary>
/// <param name="Name">String id: the probe as a person writes it, <c>kprobe:vfs_read</c>.</param>
/// <param name="Period">Hits that each sample stands for (ns for the clock events); 0 where it is not the same for all.</param>
public readonly record struct EventRow(int Name, EventKind Kind, ulong Period);

/// <summary>A row of <see cref="TableId.Modules"/>.</summary>
/// <param name="Path">String id: the path as the process that mapped it sees it, or the kernel module's name.</param>
/// <param name="BuildId">String id: the raw bytes of the GNU build ID, or 0.</param>
/// <param name="Base">Address that offsets count from; 0 where each process has its own (files).</param>
/// <param name="Size">Bytes of the image in memory, 0 where not known.</param>
/// <param name="Instance">
/// Tells apart what has the same path and build ID: for memory without a file the pid in <see cref="PidMask"/>, above it a
/// number for each exec and each process that has that pid anew; a number for a file that one process maps twice at
/// different places.
/// </param>
public readonly record struct ModuleRow(ModuleKind Kind, int Path, int BuildId, ulong Base, ulong Size, uint Instance)
{
    /// <summary>No Linux pid is larger (PID_MAX_LIMIT).</summary>
    public const uint PidMask = (1 << 22) - 1;
}

/// <summary>A row of <see cref="TableId.Frames"/>.</summary>
/// <param name="Flags">
/// A return address lies behind its call, perhaps already in the next function: its symbol is the one that covers the
/// byte before it.
/// </param>
public readonly record struct FrameRow(int Module, ulong Offset, FrameFlags Flags);

/// <summary>A row of <see cref="TableId.Nodes"/>: the parent is the caller, 0 for the outermost frame.</summary>
public readonly record struct NodeRow(int Parent, int Frame);

/// <summary>A row of <see cref="TableId.Stacks"/>: the two leaf nodes, 0 for a half that is not there.</summary>
public readonly record struct StackRow(int Kernel, int User, StackFlags Flags);

/// <summary>A row of <see cref="TableId.Cgroups"/>.</summary>
/// <param name="KernelId">The id in <c>PERF_SAMPLE_CGROUP</c>, or 0 where the path comes from <c>/proc/PID/cgroup</c>.</param>
public readonly record struct CgroupRow(ulong KernelId, int Path);

/// <summary>A row of <see cref="TableId.Processes"/>: a process with one name and one chain of ancestors.</summary>
/// <param name="InnerPid">
/// Its pid in its own, innermost pid namespace: what it and its container call it. 0 where that is the same, or not known.
/// </param>
public readonly record struct ProcessRow(uint Pid, int Comm, int Parent, ProcessFlags Flags, uint InnerPid = 0);

/// <summary>A row of <see cref="TableId.Spaces"/>.</summary>
/// <param name="Parent">The space that this one was copied from by fork, 0 after exec or where the start was not seen.</param>
/// <param name="ForkTime">Mappings of the parent count up to this time.</param>
public readonly record struct SpaceRow(uint Pid, int Parent, ulong ForkTime);

/// <summary>A row of <see cref="TableId.Mappings"/>. The load bias is <c>Start - Address</c>.</summary>
/// <param name="Time">From when on it is there (0: since before the recording).</param>
/// <param name="Offset">Offset in the file at <paramref name="Start"/>.</param>
/// <param name="Address">The ELF virtual address (<c>p_vaddr</c>) that lies at <paramref name="Start"/>.</param>
public readonly record struct MappingRow(
    int Space, ulong Time, ulong Start, ulong Length, ulong Offset, ulong Address, int Module);

/// <summary>A row of <see cref="TableId.Contexts"/>.</summary>
public readonly record struct ContextRow(uint Tid, int Comm, int Process, int Cgroup, int Space);

/// <summary>A row of <see cref="TableId.Symbols"/>; start and size in the module's own offsets.</summary>
/// <param name="Detail">
/// String id: all that a managed runtime says of the function, its signature and tier among it, where the name is made of
/// it to read well; else 0.
/// </param>
public readonly record struct SymbolRow(int Module, ulong Start, ulong Size, int Name, SymbolSource Source, int Detail = 0);

/// <summary>A row of <see cref="TableId.Losses"/>.</summary>
public readonly record struct LossRow(ulong Time, uint Cpu, int Event, LossReason Reason, ulong Count);
