using System.Runtime.InteropServices;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Recording;

/// <summary>Everything that a recording reads: the probe's events, their rings and the side band; open, and disabled.</summary>
internal sealed class RecordingSource : IDisposable
{
    private const int SideBandBytes = 1 << 20;

    /// <summary>Rings of one CPU, in MiB, and of all where each hit brings a copy of its stack: that is hundreds of times as large.</summary>
    private const int RingMegabytes = 8, MostCopyMegabytes = 64, AllCopyMegabytes = 512;

    private RecordingSource(ProbeEvents events, PerCpuRings hits, PerCpuRings sideBand, PerfFeatures features, int[] cpus)
    {
        Events = events;
        Hits = hits;
        SideBand = sideBand;
        Features = features;
        Cpus = cpus;
    }

    public ProbeEvents Events { get; }

    public PerCpuRings Hits { get; }

    public PerCpuRings SideBand { get; }

    public PerfFeatures Features { get; }

    /// <summary>What was asked for.</summary>
    public required RecordingRequest Request { get; init; }

    /// <summary>The CPUs that are recorded.</summary>
    public int[] Cpus { get; }

    /// <summary>How user stacks are found: what was asked for, or what this machine can.</summary>
    public required UserStack UserStack { get; init; }

    /// <summary>What is left of <see cref="RecordingRequest.Step"/> for the sampler to do; null when the kernel does it.</summary>
    public HitStep? Step { get; private init; }

    /// <summary>Descriptors that are readable when there is something to take.</summary>
    public IEnumerable<int> Fds => Hits.Rings.Concat(SideBand.Rings).Select(ring => ring.Owner.Fd);

    /// <summary>Opens rings and events. On failure says why, with the errno.</summary>
    /// <param name="command">Process of the recorded command, null where there is none.</param>
    public static RecordingSource? Open(
        RecordingRequest request, ISymbolOffsets symbols, int? command, out ProbeFailure? failure)
    {
        int[] online = CpuList.Online, cpus = online;
        if (request.Cpus is not null && !CpuList.TryParse(request.Cpus, online, out cpus, out string error))
        {
            failure = new ProbeFailure(Errno.EINVAL, error);
            return null;
        }

        FdLimit.Raise();
        PerfFeatures features = PerfFeatures.Detect();
        UserStack userStack = request.UserStack.Kind == UserStackKind.Dwarf && !features.UserStack ? UserStack.FramePointer : request.UserStack;
        if (!PerCpuRings.TryOpen(cpus, (long)RingSize(request, userStack, cpus.Length) << 20, out PerCpuRings? hits, out failure))
            return null;
        ProbeTarget target = request switch
        {
            { CommandOnly: true } => ProbeTarget.Descendants(command!.Value),
            { Pid: not 0 } => ProbeTarget.Thread(request.Pid),
            { Tgid: not 0 } => ProbeTarget.Process(request.Tgid),
            _ => ProbeTarget.Machine,
        };
        // A name is that of the process: only the sampler knows it. And of a process each thread has counters of its own.
        bool stepInKernel = request is { Step: > 1, Comm: null, Tgid: 0, CommandOnly: false };
        var opener = new ProbeOpener(features) { Symbols = symbols, UserStack = userStack };
        ProbeEvents? events = Events(stepInKernel ? request.Step * request.Probe.DefaultPeriod : request.Period, out failure);
        if (events is not null && stepInKernel && !events.ExactInKernel)
        {
            stepInKernel = false;
            events.Dispose();
            events = Events(request.Period, out failure);
        }

        PerCpuRings? sideBand = null;
        if (events is null || !PerCpuRings.TryOpenSideBand(features, online, SideBandBytes, out sideBand, out failure))
        {
            events?.Dispose();
            hits!.Dispose();
            return null;
        }

        if (target.Kind == TargetKind.Machine || !events.ExactInKernel)
            ExcludeOurselves(events);
        return new RecordingSource(events, hits!, sideBand!, features, cpus)
        {
            Request = request,
            UserStack = userStack,
            Step = request.Step > 1 && !stepInKernel ? new HitStep(request.Step) : null,
        };

        ProbeEvents? Events(ulong period, out ProbeFailure? failure) =>
            opener.TryOpen(request.Probe, target, hits!, period, out ProbeEvents? opened, out failure) ? opened : null;
    }

    public void Dispose()
    {
        SideBand.Dispose();
        Events.Dispose();
        Hits.Dispose();
    }

    private static int RingSize(RecordingRequest request, UserStack userStack, int cpus) =>
        request.RingMegabytes != 0 ? request.RingMegabytes
        : userStack.Kind != UserStackKind.Dwarf ? RingMegabytes
        : Math.Clamp(AllCopyMegabytes / Math.Max(cpus, 1), RingMegabytes, MostCopyMegabytes);

    /// <summary>The kernel need not even write what the idle task and our own threads do.</summary>
    private static void ExcludeOurselves(ProbeEvents events)
    {
        List<int> own = [];
        new ProcFs().TryListThreads(Environment.ProcessId, own);
        // Where there is no such filter the recorder drops them: it checks every hit anyway.
        _ = events.Exclude(idle: true, CollectionsMarshal.AsSpan(own));
    }
}
