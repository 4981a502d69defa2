using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>
/// Takes records in time order and turns samples into hits of the trace. Knows no system call: it runs as well on
/// recorded bytes.
/// </summary>
internal sealed class Recorder(
    TraceWriter trace, ProcessTable processes, StackInterner stacks, ModuleTable modules, CgroupTable cgroups,
    LossAccount losses, int eventId)
{
    /// <summary>Which hits are wanted; its name is an id of the current segment.</summary>
    public required HitFilter Filter { get; set; }

    /// <summary>Which of the wanted hits are kept; null for all.</summary>
    public HitStep? Step { get; set; }

    /// <summary>Called when a block of hits is full, before the next hit goes into a new one.</summary>
    public required Action BlockIsFull { get; init; }

    /// <summary>Where hits are shown beside the trace, null for nowhere.</summary>
    public IHitListener? Listener { get; set; }

    /// <summary>Hits that came from the kernel and were dropped because the filters ask for it.</summary>
    public ulong Filtered { get; private set; }

    /// <summary>A record of a hit ring.</summary>
    public void Sample(ReadOnlySpan<byte> record, SampleLayout layout)
    {
        if (!layout.TryParseSample(record, out SampleRecord sample))
        {
            losses.Add(0, 0, LossReason.Malformed, 1);
            return;
        }

        int pid = sample.Pid, tid = sample.Tid;
        if (tid < 0)
            (pid, tid) = processes.Released(sample.Cpu, pid);
        if (!Filter.Wants(pid, tid))
        {
            Filtered++;
            return;
        }

        TracedThread thread = processes.Thread(pid, tid);
        if (!Filter.Wants(thread.Process))
        {
            Filtered++;
            return;
        }

        if (Step is { } step && !step.Keeps(sample.Cpu))
            return;
        if (trace.HitsAreFull)
            BlockIsFull();
        int context = Context(thread, sample.Cgroup);
        int stack = stacks.Intern(sample.Callchain, thread.Process);
        trace.AddHit(sample.Time, sample.Cpu, eventId, context, stack);
        if (Listener is { } listener && listener.Wants(sample.Time, sample.Callchain.Length))
            listener.Add((long)trace.Hits, sample.Time, thread, cgroups.Define(sample.Cgroup, thread.Process), sample.Callchain);
    }

    /// <summary>A record that is no sample: it changes what the recorder knows of the machine, or tells of a loss.</summary>
    public void SideBand(ReadOnlySpan<byte> record, SampleLayout layout, bool isHitRing)
    {
        bool good = layout.TryParseSampleId(record, out SampleId id);
        switch (RecordReader.KindOf(record))
        {
            case RecordKind.Mmap2:
                if (good &= Mmap2Record.TryParse(record, layout, out Mmap2Record mmap))
                    Map(mmap, id.Time);
                break;
            case RecordKind.Comm:
                if (good &= CommRecord.TryParse(record, layout, out CommRecord comm))
                    processes.Comm(comm.Pid, comm.Tid, comm.Comm, comm.IsExec);
                break;
            case RecordKind.Fork:
                if (good &= TaskRecord.TryParse(record, layout, out TaskRecord fork))
                    processes.Fork(fork.Pid, fork.Tid, fork.ParentPid, fork.ParentTid, fork.Time);
                break;
            case RecordKind.Exit:
                if (good &= TaskRecord.TryParse(record, layout, out TaskRecord exit))
                    processes.Exit(exit.Pid, exit.Tid, exit.Time, id.Cpu);
                break;
            case RecordKind.Ksymbol:
                if (good &= KsymbolRecord.TryParse(record, layout, out KsymbolRecord symbol))
                    stacks.Kernel.Register(symbol.Addr, symbol.Len, symbol.Name, symbol.IsUnregister);
                break;
            case RecordKind.Cgroup:
                if (good &= CgroupRecord.TryParse(record, layout, out CgroupRecord cgroup))
                    cgroups.Announce(cgroup.Id, cgroup.Path);
                break;
            case RecordKind.Lost:
                if (good &= LostRecord.TryParse(record, layout, out LostRecord lost))
                    Lost(lost.Lost, id, isHitRing);
                break;
            case RecordKind.LostSamples:
                if (good &= LostSamplesRecord.TryParse(record, layout, out LostSamplesRecord lostSamples))
                    Lost(lostSamples.Lost, id, isHitRing);
                break;
            case RecordKind.Throttle:
                losses.Add(id.Time, id.Cpu, LossReason.Throttled, 0);
                break;
        }

        if (!good)
            losses.SideBand++;
    }

    private void Lost(ulong records, SampleId id, bool isHitRing)
    {
        if (isHitRing)
            losses.Add(id.Time, id.Cpu, LossReason.RingFull, records);
        else
            losses.SideBand += records;
    }

    private void Map(in Mmap2Record mmap, ulong time)
    {
        const uint ProtExec = 4;
        // pid -1 is the kernel mapping a module of its own.
        if (mmap.IsData || mmap.Pid < 0 || (mmap.Prot & ProtExec) == 0)
            return;
        modules.Map(processes.Process(mmap.Pid), time, mmap.Addr, mmap.Len, mmap.PgOff, mmap.Filename, mmap.BuildId,
            ((ulong)mmap.Major << 32) | mmap.Minor, mmap.Inode);
    }

    private int Context(TracedThread thread, ulong cgroupId)
    {
        if (thread.Epoch == processes.Epoch && thread.CgroupId == cgroupId)
            return thread.Context;
        TracedProcess process = thread.Process;
        int cgroup = cgroups.Define(cgroupId, process);
        int space = process.IsKernelThread ? 0 : modules.Define(process.Space);
        thread.Context = trace.Definitions.Context(
            new ContextRow((uint)thread.Tid, thread.Comm, processes.Chain(process), cgroup, space));
        thread.Epoch = processes.Epoch;
        thread.CgroupId = cgroupId;
        return thread.Context;
    }
}
