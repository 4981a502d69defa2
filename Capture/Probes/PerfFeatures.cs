using Diagnose.Capture.Linux;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Probes;

/// <summary>
/// What this kernel's perf_event_open(2) takes beyond what every kernel does. It is tried once with events that count
/// nothing, so that an EINVAL for the real event has one meaning less.
/// </summary>
public sealed record PerfFeatures
{
    /// <summary>PERF_SAMPLE_CGROUP and PERF_RECORD_CGROUP (5.7, with CONFIG_CGROUP_PERF).</summary>
    public bool Cgroup { get; init; }

    /// <summary>Build IDs in PERF_RECORD_MMAP2 (5.12).</summary>
    public bool BuildId { get; init; }

    /// <summary>Inheritance by threads alone (5.13).</summary>
    public bool InheritThread { get; init; }

    /// <summary>PERF_RECORD_KSYMBOL (5.1).</summary>
    public bool Ksymbol { get; init; }

    /// <summary>Counts of lost samples (6.0).</summary>
    public bool ReadLost { get; init; }

    /// <summary>User registers and copies of user stacks (3.7, where the architecture has them).</summary>
    public bool UserStack { get; init; }

    /// <summary>Asks the kernel.</summary>
    public static PerfFeatures Detect()
    {
        var plain = new PerfEventAttr
        {
            Type = (uint)EventType.Software,
            Config = (ulong)SoftwareEvent.Dummy,
            SampleType = SampleFormat.Tid,
            Disabled = true,
            // Even a user who may watch nothing but own code gets a true answer.
            ExcludeKernel = true,
        };
        var copying = plain;
        ProbeAttr.AskForUserStack(ref copying, Probes.UserStack.Dwarf);
        return new PerfFeatures
        {
            UserStack = Opens(copying),
            Cgroup = Opens(plain with { SampleType = SampleFormat.Tid | SampleFormat.Cgroup, Cgroup = true }),
            BuildId = Opens(plain with { Mmap = true, Mmap2 = true, BuildId = true }),
            InheritThread = Opens(plain with { Inherit = true, InheritThread = true }),
            // Names of kernel code need the right to see the kernel.
            Ksymbol = Opens(plain with { Ksymbol = true, ExcludeKernel = false }),
            ReadLost = Opens(plain with { ReadFormat = ReadFormat.Lost }),
        };
    }

    private static bool Opens(in PerfEventAttr attr)
    {
        if (!PerfEvent.TryOpen(attr, 0, -1, out var perfEvent, out _)) return false;
        perfEvent!.Dispose();
        return true;
    }
}
