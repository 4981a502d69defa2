namespace Diagnose.Formats.PerfEvents;

/// <summary><c>enum perf_type_id</c>: the PMU types with fixed numbers.</summary>
public enum EventType : uint
{
    Hardware = 0,
    Software = 1,
    Tracepoint = 2,
    HardwareCache = 3,
    Raw = 4,
    Breakpoint = 5,
}

/// <summary><c>enum perf_sw_ids</c>: <see cref="PerfEventAttr.Config"/> of <see cref="EventType.Software"/>.</summary>
public enum SoftwareEvent : ulong
{
    CpuClock = 0,
    TaskClock = 1,
    PageFaults = 2,
    ContextSwitches = 3,
    CpuMigrations = 4,
    MinorFaults = 5,
    MajorFaults = 6,
    AlignmentFaults = 7,
    EmulationFaults = 8,

    /// <summary>Counts nothing: an event of this kind exists for its side-band records or for its ring.</summary>
    Dummy = 9,
    BpfOutput = 10,
    CgroupSwitches = 11,
}
