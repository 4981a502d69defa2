namespace Diagnose.Formats.PerfEvents;

/// <summary><c>enum perf_event_type</c>: <c>perf_event_header.type</c> of the records the kernel writes.</summary>
public enum RecordKind : uint
{
    Mmap = 1,
    Lost = 2,
    Comm = 3,
    Exit = 4,
    Throttle = 5,
    Unthrottle = 6,
    Fork = 7,
    Read = 8,
    Sample = 9,
    Mmap2 = 10,
    Aux = 11,
    ItraceStart = 12,
    LostSamples = 13,
    Switch = 14,
    SwitchCpuWide = 15,
    Namespaces = 16,
    Ksymbol = 17,
    BpfEvent = 18,
    Cgroup = 19,
    TextPoke = 20,
    AuxOutputHwId = 21,
}

/// <summary>PERF_RECORD_MISC_*: <c>perf_event_header.misc</c>. Some bits mean different things in different records.</summary>
[Flags]
public enum RecordMisc : ushort
{
    None = 0,

    /// <summary>The low three bits are a number, not flags: who was running.</summary>
    CpuModeMask = 7,
    Kernel = 1,
    User = 2,
    Hypervisor = 3,
    GuestKernel = 4,
    GuestUser = 5,

    /// <summary>In <see cref="RecordKind.Mmap"/> and <see cref="RecordKind.Mmap2"/>: the mapping is not executable.</summary>
    MmapData = 1 << 13,

    /// <summary>In <see cref="RecordKind.Comm"/>: the name changed because of an exec.</summary>
    CommExec = MmapData,

    /// <summary>In <see cref="RecordKind.Mmap2"/>: the record holds a build ID instead of device and inode.</summary>
    MmapBuildId = 1 << 14,

    /// <summary>In <see cref="RecordKind.Sample"/>: the instruction pointer is exact.</summary>
    ExactIp = MmapBuildId,
}
