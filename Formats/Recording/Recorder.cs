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
    private readonly ulong[] _ip = new ulong[1];
    private ulong[]? _chain;

    /// <summary>Which hits are wanted; its name is an id of the current segment.</summary>
    public required HitFilter Filter { get; set; }

    /// <summary>Which of the wanted hits are kept; null for all.</summary>
    public HitStep? Step { get; set; }

    /// <summary>Called when a block of hits is full, before the next hit goes into a new one.</summary>
    public required Action BlockIsFull { get; init; }

    /// <summary>Where hits are shown beside the trace, null for nowhere.</summary>
    public IHitListener? Listener { get; set; }

    /// <summary>Makes the user frames of samples that hold registers and stack in their place; null for none.</summary>
    public IUserFrames? UserFrames { get; set; }

    /// <summary>Whether the rings fill faster than they are emptied: what takes long is then left out.</summary>
    public bool IsBehind
    {
        get => UserFrames?.IsHurried == true;
        set => UserFrames?.IsHurried = value;
    }

    /// <summary>Told of managed runtimes in processes that are hit; null for nobody.</summary>
    public IRuntimeListener? Runtimes { get; set; }

    /// <summary>Told of the kernel's own mappings, of which only recordings of perf have records; null for nobody.</summary>
    public IKernelMappings? KernelMappings { get; set; }

    /// <summary>Hits that came from the kernel and were dropped because the filters ask for it.</summary>
    public ulong Filtered { get; private set; }

    /// <summary>A record of a hit ring.</summary>
    public void Sample(ReadOnlySpan<byte> record, SampleLayout layout) => Sample(record, layout, eventId);

    /// <summary>A sample of one of several events.</summary>
    /// <param name="ofEvent">The event's id in the trace.</param>
    public void Sample(ReadOnlySpan<byte> record, SampleLayout layout, int ofEvent)
    {
        if (!layout.TryParseSample(record, out SampleRecord sample))
        {
            losses.Add(0, 0, LossReason.Malformed, 1, ofEvent);
            return;
        }

        int pid = sample.Pid, tid = sample.Tid, cpu = Math.Max(sample.Cpu, 0);
        if (!layout.Has(SampleFormat.Tid))
            (pid, tid) = (-1, -1);
        else if (tid < 0)
            (pid, tid) = processes.Released(cpu, pid);
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

        if (Step is { } step && !step.Keeps(cpu))
            return;
        if (trace.HitsAreFull)
            BlockIsFull();
        int context = Context(thread, sample.Cgroup);
        ReadOnlySpan<ulong> chain = sample.Callchain;
        var flags = StackFlags.None;
        if (UserFrames is not null && layout.Has(SampleFormat.StackUser))
            chain = WithUserFrames(record, layout, chain, thread.Process, out flags);
        // An event without callchains, or with the user's half in another form: where it was hit is known all the same.
        if (chain.IsEmpty && sample.Ip != 0 && (!layout.Has(SampleFormat.Callchain) || layout.Has(SampleFormat.StackUser)))
        {
            _ip[0] = sample.Ip;
            chain = _ip;
        }

        int stack = stacks.Intern(chain, thread.Process, flags);
        trace.AddHit(sample.Time, cpu, ofEvent, context, stack);
        if (Listener is { } listener && listener.Wants(sample.Time, chain.Length))
            listener.Add((long)trace.Hits, sample.Time, thread, cgroups.Define(sample.Cgroup, thread.Process), chain);
    }

    /// <summary>A new segment of the trace: everything that was defined in the one before gets its id anew when it is used.</summary>
    /// <param name="before">The strings of the segment before.</param>
    public void BeginSegment(ByteInterner before)
    {
        Filter = Filter.In(trace.Definitions, before);
        processes.BeginSegment(before);
        cgroups.BeginSegment(processes.KnownProcesses());
        stacks.Kernel.BeginSegment();
        stacks.BeginSegment();
        losses.BeginSegment();
    }

    /// <summary>A record that is no sample: it changes what the recorder knows of the machine, or tells of a loss.</summary>
    public void SideBand(ReadOnlySpan<byte> record, SampleLayout layout, bool isHitRing)
    {
        SampleId id = default;
        // What perf was told not to give an id has no time either.
        bool good = layout.TrailerSize == 0 || layout.TryParseSampleId(record, out id);
        switch (RecordReader.KindOf(record))
        {
            case RecordKind.Mmap:
                if (good &= MmapRecord.TryParse(record, layout, out MmapRecord old))
                    Map(old, id.Time);
                break;
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
                    Fork(fork);
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
                    LostSamples(record, lostSamples.Lost, id, isHitRing);
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

    private void LostSamples(ReadOnlySpan<byte> record, ulong samples, SampleId id, bool isHitRing)
    {
        // PERF_RECORD_MISC_LOST_SAMPLES_BPF: perf's filter did not let them through.
        const RecordMisc filtered = (RecordMisc)(1 << 15);
        if ((RecordReader.MiscOf(record) & filtered) != 0)
            Filtered += samples;
        else if (id.Time == 0)
            losses.Counted += samples;
        else
            Lost(samples, id, isHitRing);
    }

    private void Fork(in TaskRecord fork)
    {
        if (fork.Time == 0)
            processes.Existing(fork.Pid, fork.Tid, fork.ParentPid);
        else
            processes.Fork(fork.Pid, fork.Tid, fork.ParentPid, fork.ParentTid, fork.Time);
    }

    private void Map(in MmapRecord mmap, ulong time)
    {
        if (IsKernel(mmap.Pid))
            KernelMappings?.Map(mmap.Addr, mmap.Len, mmap.PgOff, mmap.Filename, []);
        else if (!mmap.IsData)
            modules.Map(processes.Process(mmap.Pid), time, mmap.Addr, mmap.Len, mmap.PgOff, mmap.Filename, [], 0, 0);
    }

    /// <summary>The kernel maps modules of its own; a virtual machine's are nobody's here.</summary>
    private static bool IsKernel(int pid) => pid < 0;

    private void Map(in Mmap2Record mmap, ulong time)
    {
        const uint ProtExec = 4;
        if (IsKernel(mmap.Pid))
            KernelMappings?.Map(mmap.Addr, mmap.Len, mmap.PgOff, mmap.Filename, mmap.BuildId);
        if (mmap.IsData || IsKernel(mmap.Pid) || (mmap.Prot & ProtExec) == 0)
            return;
        modules.Map(processes.Process(mmap.Pid), time, mmap.Addr, mmap.Len, mmap.PgOff, mmap.Filename, mmap.BuildId,
            ((ulong)mmap.Major << 32) | mmap.Minor, mmap.Inode);
        if (Runtimes is not null && processes.Process(mmap.Pid) is { WasHit: true } process)
            TellRuntime(process);
    }

    /// <summary>A process can load its runtime before it is hit, or after.</summary>
    public void TellRuntime(TracedProcess process)
    {
        if (Runtimes is null || !process.Space.HasDotNet || process.Space.IsRuntimeTold || process.HasExited)
            return;
        process.Space.IsRuntimeTold = true;
        Runtimes.Met(process);
    }

    /// <summary>The chain with the frames that its registers and its copy of the stack give, in place of its own user half.</summary>
    private ReadOnlySpan<ulong> WithUserFrames(
        ReadOnlySpan<byte> record, SampleLayout layout, ReadOnlySpan<ulong> chain, TracedProcess process, out StackFlags flags)
    {
        flags = StackFlags.None;
        if (!layout.TryParseUserContext(record, out UserContext context) || context.Abi == RegisterAbi.None)
            return chain;
        _chain ??= new ulong[TraceLimits.StackDepth];
        int kernel = chain.IndexOf(CallchainContext.User);
        chain = kernel < 0 ? chain : chain[..kernel];
        if (chain.Length >= _chain.Length)
            return chain;
        chain.CopyTo(_chain);
        _chain[chain.Length] = CallchainContext.User;
        int frames = UserFrames!.Unwind(context, layout.RegistersUser, process, _chain.AsSpan(chain.Length + 1), out flags);
        return frames == 0 ? chain : _chain.AsSpan(0, chain.Length + 1 + frames);
    }

    private int Context(TracedThread thread, ulong cgroupId)
    {
        if (thread.Epoch == processes.Epoch && thread.CgroupId == cgroupId)
            return thread.Context;
        TracedProcess process = thread.Process;
        process.WasHit = true;
        TellRuntime(process);
        int cgroup = cgroups.Define(cgroupId, process);
        int space = process.IsKernelThread ? 0 : modules.Define(process.Space);
        thread.Context = trace.Definitions.Context(
            new ContextRow((uint)thread.Tid, thread.Comm, processes.Chain(process), cgroup, space));
        thread.Epoch = processes.Epoch;
        thread.CgroupId = cgroupId;
        return thread.Context;
    }
}
