using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Probes;

/// <summary>Opens the events of a probe, disabled, with the rings of their CPUs as their output.</summary>
public sealed class ProbeOpener(PerfFeatures features)
{
    /// <summary>Tries at a process whose threads change while they are listed.</summary>
    private const int MostTries = 5;

    /// <summary>Descriptors left for everything else.</summary>
    private const int SpareFds = 128;

    /// <summary>Most events for one probe; each costs kernel memory and time at every fork and context switch.</summary>
    public int MostEvents { get; init; } = 16384;

    /// <summary>What of the user stack comes with each hit.</summary>
    public UserStack UserStack { get; init; } = UserStack.FramePointer;

    /// <summary>Where symbols of uprobes are found; without it only offsets in the file work.</summary>
    public ISymbolOffsets? Symbols { get; init; }

    /// <summary>
    /// Opens a probe on the CPUs that <paramref name="rings"/> has. <paramref name="period"/> is events (nanoseconds for
    /// clocks) per hit, 0 for <see cref="Probe.DefaultPeriod"/>. On failure <paramref name="failure"/> says what to do.
    /// </summary>
    public bool TryOpen(Probe probe, ProbeTarget target, PerCpuRings rings, ulong period, out ProbeEvents? events, out ProbeFailure? failure)
    {
        events = null;
        if (!ProbeAttr.TryCreate(probe, features, period, UserStack, Symbols, out var attr, out failure)) return false;
        using (attr)
        {
            events = target.Kind switch
            {
                TargetKind.Machine => OpenForMachine(probe, attr!, rings, out failure),
                TargetKind.Thread => OpenForThread(probe, attr!, target.Id, rings, out failure),
                _ when !CanBeInherited(probe) => OpenForMachineInstead(probe, attr!, target, rings, out failure),
                _ => OpenForProcess(probe, attr!, target, rings, out failure),
            };
            return events is not null;
        }
    }

    private static ProbeEvents? OpenForMachine(Probe probe, ProbeAttr attr, PerCpuRings rings, out ProbeFailure? failure)
    {
        var events = new ProbeEvents(probe, attr.Attr) { ExactInKernel = true };
        return AddForThread(events, attr, -1, rings, inherit: false, inheritThread: false, out failure) == 0 ? events : Drop(events);
    }

    /// <summary>
    /// Whether the kernel can pass the event on to threads and processes that a target starts. It initialises such an
    /// event anew while the target forks: one of the kprobe and uprobe PMUs then reads its name through a pointer into
    /// our memory, but in the target's address space, and asks for CAP_PERFMON, but the target's. Either makes the
    /// target's fork fail (EFAULT, EACCES; kernel/events/core.c perf_kprobe_event_init, seen on 6.1).
    /// </summary>
    private static bool CanBeInherited(Probe probe) => probe.Kind is ProbeKind.Tracepoint or ProbeKind.Software;

    /// <summary>Watches everybody, for a reader that drops what is not the target's.</summary>
    private static ProbeEvents? OpenForMachineInstead(Probe probe, ProbeAttr attr, ProbeTarget target, PerCpuRings rings, out ProbeFailure? failure)
    {
        List<int> tids = [];
        if (!new ProcFs().TryListThreads(target.Id, tids) || tids.Count == 0)
        {
            failure = ProbeFailure.NoSuchTarget(target);
            return null;
        }

        var events = OpenForMachine(probe, attr, rings, out failure);
        if (events is not null) events.ExactInKernel = false;
        return events;
    }

    private static ProbeEvents? OpenForThread(Probe probe, ProbeAttr attr, int tid, PerCpuRings rings, out ProbeFailure? failure)
    {
        var events = new ProbeEvents(probe, attr.Attr) { ExactInKernel = true };
        var errno = AddForThread(events, attr, tid, rings, inherit: false, inheritThread: false, out failure);
        if (errno == Errno.ESRCH) failure = ProbeFailure.NoSuchTarget(ProbeTarget.Thread(tid));
        return errno == 0 ? events : Drop(events);
    }

    private ProbeEvents? OpenForProcess(Probe probe, ProbeAttr attr, ProbeTarget target, PerCpuRings rings, out ProbeFailure? failure)
    {
        var proc = new ProcFs();
        var tids = new List<int>();
        var after = new List<int>();
        var most = Math.Min(MostEvents, FdLimit.Raise() - SpareFds);
        var threadsOnly = target.Kind == TargetKind.Process;
        string why;
        for (var tries = 0; ; tries++)
        {
            if (!proc.TryListThreads(target.Id, tids) || tids.Count == 0)
            {
                failure = ProbeFailure.NoSuchTarget(target);
                return null;
            }

            if ((long)tids.Count * rings.Rings.Count > most)
            {
                why = $"process {target.Id} has {tids.Count} threads, which need more events than the {most} that may be open";
                break;
            }

            if (tries == MostTries)
            {
                why = $"process {target.Id} starts threads faster than they can be listed";
                break;
            }

            var events = new ProbeEvents(probe, attr.For(inherit: true, threadsOnly && features.InheritThread));
            var errno = 0;
            failure = null;
            foreach (var tid in tids)
            {
                errno = AddForThread(events, attr, tid, rings, inherit: true, threadsOnly && features.InheritThread, out failure);
                // A thread that ended while the others were opened is no failure.
                if (errno is not (0 or Errno.ESRCH)) return Drop(events);
            }

            failure = null;
            if (!proc.TryListThreads(target.Id, after)) after.Clear();
            if (after.Count > 0 && after.TrueForAll(tids.Contains))
            {
                events.ExactInKernel = !threadsOnly || features.InheritThread;
                if (!events.ExactInKernel) events.WhyNotExact = "this kernel (before 5.13) also follows the processes that the process starts";
                return events;
            }

            // A new thread either inherited its creator's event or came before there was one, and nothing tells which:
            // to open it could count its hits twice, not to open it could miss them. So start over.
            events.Dispose();
        }

        var machine = OpenForMachine(probe, attr, rings, out failure);
        if (machine is null) return null;
        machine.ExactInKernel = false;
        machine.WhyNotExact = why;
        return machine;
    }

    // Adds a thread's events (or, for -1, the machine's) on every ring's CPU. ESRCH leaves those already added: they
    // never count again.
    private static int AddForThread(ProbeEvents events, ProbeAttr attr, int tid, PerCpuRings rings, bool inherit, bool inheritThread, out ProbeFailure? failure)
    {
        failure = null;
        var own = attr.For(inherit, inheritThread);
        foreach (var (cpu, owner, _) in rings.Rings)
        {
            if (!PerfEvent.TryOpen(own, tid, cpu, out var perfEvent, out var errno))
            {
                if (errno == Errno.ENODEV && CpuWentOffline(cpu)) continue;
                failure = ProbeFailure.FromOpen(events.Probe, errno);
                return errno;
            }

            errno = perfEvent!.SetOutput(owner);
            if (errno != 0)
            {
                perfEvent.Dispose();
                failure = ProbeFailure.FromOpen(events.Probe, errno);
                return errno;
            }

            events.Add(cpu, perfEvent);
        }

        return 0;
    }

    private static bool CpuWentOffline(int cpu) => Array.IndexOf(CpuList.Online, cpu) < 0;

    private static ProbeEvents? Drop(ProbeEvents events)
    {
        events.Dispose();
        return null;
    }
}
