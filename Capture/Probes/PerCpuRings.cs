using Diagnose.Capture.Linux;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Probes;

/// <summary>A CPU, the event that owns its ring, and the ring.</summary>
public sealed record CpuRing(int Cpu, PerfEvent Owner, RingBuffer Ring);

/// <summary>
/// A ring for each CPU, owned by an event of its own that counts nothing. So a ring outlives the threads whose hits
/// go to it: one owned by a thread's event would report a hang-up for ever once that thread ends.
/// </summary>
public sealed class PerCpuRings : IDisposable
{
    private readonly List<CpuRing> rings = [];

    private PerCpuRings(in PerfEventAttr attr) => Layout = new SampleLayout(attr);

    /// <summary>The rings, in ascending order of CPU.</summary>
    public IReadOnlyList<CpuRing> Rings => rings;

    /// <summary>Layout of the owners' own records.</summary>
    public SampleLayout Layout { get; }

    /// <summary>
    /// Opens rings that hold nothing but what is sent to them. A reader wakes when a quarter of a ring is full.
    /// </summary>
    public static bool TryOpen(ReadOnlySpan<int> cpus, long bytesPerCpu, out PerCpuRings? made, out ProbeFailure? failure) =>
        TryOpen(Owner(), cpus, bytesPerCpu, out made, out failure);

    /// <summary>
    /// Opens the side-band rings: forks, exits, names, mappings of code, generated kernel code and new cgroups of the
    /// whole machine. They are rings of their own so that a flood of hits never costs a fork or a mapping.
    /// </summary>
    public static bool TryOpenSideBand(PerfFeatures features, ReadOnlySpan<int> onlineCpus, long bytesPerCpu, out PerCpuRings? made, out ProbeFailure? failure)
    {
        var attr = Owner() with
        {
            Mmap = true,
            Mmap2 = true,
            BuildId = features.BuildId,
            Comm = true,
            CommExec = true,
            Task = true,
            Ksymbol = features.Ksymbol,
            Cgroup = features.Cgroup,
        };
        // Every record wakes the reader: who execs a program may be gone a moment later, and its files with it.
        attr.Wakeup = 1;
        return TryOpen(attr, onlineCpus, bytesPerCpu, out made, out failure);
    }

    /// <summary>Starts the owners. Returns 0 or the errno of the first that would not.</summary>
    public int Enable()
    {
        foreach (var ring in rings)
            if (ring.Owner.Enable() is var errno and not 0) return errno;
        return 0;
    }

    /// <summary>Stops the owners; what lies in the rings stays there to be read.</summary>
    public void Disable()
    {
        foreach (var ring in rings) _ = ring.Owner.Disable();
    }

    public void Dispose()
    {
        foreach (var (_, owner, ring) in rings)
        {
            ring.Dispose();
            owner.Dispose();
        }

        rings.Clear();
    }

    private static PerfEventAttr Owner() => new()
    {
        Type = (uint)EventType.Software,
        Config = (ulong)SoftwareEvent.Dummy,
        SampleType = SampleFormat.Identifier | SampleFormat.Tid | SampleFormat.Time | SampleFormat.Cpu,
        SamplePeriod = 1,
        SampleIdAll = true,
        Disabled = true,
        Watermark = true,
        UseClockId = true,
        ClockId = ProbeAttr.ClockMonotonic,
    };

    private static bool TryOpen(PerfEventAttr attr, ReadOnlySpan<int> cpus, long bytesPerCpu, out PerCpuRings? made, out ProbeFailure? failure)
    {
        var pagesLog2 = RingBuffer.PagesLog2For(bytesPerCpu);
        if (attr.Wakeup == 0) attr.Wakeup = (uint)(((long)Environment.SystemPageSize << pagesLog2) / 4);
        var opened = new PerCpuRings(attr);
        made = null;
        failure = null;
        foreach (var cpu in cpus)
        {
            if (!PerfEvent.TryOpen(attr, -1, cpu, out var owner, out var errno))
            {
                // A CPU that went offline since the list was read has nothing to tell.
                if (errno == Errno.ENODEV) continue;
                failure = ProbeFailure.CannotWatch(errno);
            }
            else if (!RingBuffer.TryMap(owner!, pagesLog2, out var ring, out errno))
            {
                owner!.Dispose();
                failure = ProbeFailure.NoRing(errno, (long)Environment.SystemPageSize << pagesLog2);
            }
            else
            {
                opened.rings.Add(new CpuRing(cpu, owner!, ring!));
                continue;
            }

            opened.Dispose();
            return false;
        }

        made = opened;
        return true;
    }
}
