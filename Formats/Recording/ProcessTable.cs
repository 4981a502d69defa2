using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>What the recorder asks of the live system about processes; everything else it learns from records.</summary>
internal interface IProcessSource
{
    /// <summary>Current parent of a live process, 0 when it is gone.</summary>
    int ParentOf(int pid);

    /// <summary>Process of a live thread, 0 when it is gone.</summary>
    int ProcessOf(int tid);

    /// <summary>Name of a live thread into <paramref name="comm"/>; its length, 0 when it is gone.</summary>
    int CommOf(int pid, int tid, Span<byte> comm);

    /// <summary>A live process's id in its own pid namespace; 0 where that is the same, and when it is gone.</summary>
    int InnerPidOf(int pid) => 0;

    /// <summary>Path of a live process's cgroup; empty when it is gone or there are none.</summary>
    byte[] CgroupOf(int pid);
}

/// <summary>
/// The processes and threads of the machine at the time that the recorder has come to: a snapshot at the start, kept
/// true by fork, exec, comm and exit records.
/// </summary>
internal sealed class ProcessTable(DefinitionWriter definitions, IProcessSource source)
{
    /// <summary>How long an exited thread can still be hit by a record that comes late.</summary>
    private const ulong LingerNs = 2_000_000_000;

    private readonly Dictionary<int, TracedProcess> _processes = [];
    private readonly Dictionary<int, TracedThread> _threads = [];
    private readonly Dictionary<int, (int Pid, int Tid)> _lastExit = [];
    private TracedThread? _released;
    private readonly Queue<TracedThread> _exited = [];

    /// <summary>Counts the changes that can make any context another one.</summary>
    public ulong Epoch { get; private set; } = 1;

    public IReadOnlyDictionary<int, TracedProcess> Processes => _processes;

    /// <summary>A process of the snapshot, or one that records only mention; made when it is not known.</summary>
    public TracedProcess Process(int pid)
    {
        if (!_processes.TryGetValue(pid, out TracedProcess? process))
        {
            process = new TracedProcess(pid, AddressSpace.New(pid));
            _processes.Add(pid, process);
        }

        return process;
    }

    /// <summary>
    /// Who was hit on a CPU where the kernel no longer knows: it gives -1 for a task that it has released, which then takes
    /// its last steps on the CPU that it exited on. Where that does not agree the process is known at most.
    /// </summary>
    public (int Pid, int Tid) Released(int cpu, int pid)
    {
        if (_lastExit.TryGetValue(cpu, out (int Pid, int Tid) last) && (pid <= 0 || last.Pid == pid))
            return last;
        return (pid, Math.Max(pid, -1));
    }

    /// <summary>The thread that was hit. One that no record announced is looked up on the live system.</summary>
    public TracedThread Thread(int pid, int tid)
    {
        if (_threads.TryGetValue(tid, out TracedThread? thread) && (pid <= 0 || thread.Process.Pid == pid))
            return thread;
        if (tid < 0)
            return _released ??= new TracedThread(0, new TracedProcess(0, AddressSpace.New(0))) { Comm = definitions.String("UNKNOWN") };
        if (pid <= 0)
            pid = source.ProcessOf(tid);
        TracedProcess process = Process(pid > 0 ? pid : tid);
        Learn(process);
        return AddThread(process, tid, ReadComm(process.Pid, tid) is var comm and not 0 ? comm : process.Comm);
    }

    public TracedThread AddThread(TracedProcess process, int tid, int comm)
    {
        if (_threads.TryGetValue(tid, out TracedThread? before) && before.ExitTime == 0
            && --before.Process.Threads <= 0 && before.Process != process)
        {
            // Its end was not told: the id belongs to somebody else now.
            Bury(before.Process);
            if (_processes.TryGetValue(before.Process.Pid, out TracedProcess? owner) && owner == before.Process)
                _processes.Remove(owner.Pid);
        }

        var thread = new TracedThread(tid, process) { Comm = comm };
        _threads[tid] = thread;
        process.Threads++;
        if (tid == process.Pid && process.Comm != comm)
        {
            process.Comm = comm;
            Epoch++;
        }

        return thread;
    }

    /// <summary>A fork record: a new thread, or a new process that shares its parent's mappings until it execs.</summary>
    public void Fork(int pid, int tid, int parentPid, int parentTid, ulong time)
    {
        // 0 is the idle task, and whatever lies outside the sampler's own pid namespace.
        TracedProcess? parent = parentPid > 0 ? Process(parentPid) : null;
        int comm = _threads.TryGetValue(parentTid, out TracedThread? forker) ? forker.Comm : parent?.Comm ?? 0;
        if (!(pid == parentPid || tid != pid) || !_processes.TryGetValue(pid, out TracedProcess? process))
        {
            process = new TracedProcess(pid, parent?.Space.Fork(pid, time) ?? AddressSpace.New(pid))
            {
                Comm = comm,
                IsKernelThread = parent?.IsKernelThread ?? false,
                Cgroup = parent?.Cgroup ?? 0,
                Uid = parent?.Uid,
                IsFamily = parent?.IsFamily ?? false,
            };
            // An id that is used again without word of the end of whoever had it before.
            if (_processes.TryGetValue(pid, out TracedProcess? before))
                Bury(before);
            if (parent != process)
                process.Parent = parent;
            _processes[pid] = process;
        }

        AddThread(process, tid, comm);
    }

    /// <summary>
    /// A fork record that perf made up for a thread which was there before its recording. The parent may be told of later, and
    /// its mappings are no news of the child's.
    /// </summary>
    public void Existing(int pid, int tid, int parentPid)
    {
        const int kthreadd = 2;
        TracedProcess process = Process(pid);
        if (process.Parent is null && parentPid > 0 && Process(parentPid) is var parent && !IsBelow(parent, process))
            process.Parent = parent;
        process.IsKernelThread |= process.Parent?.IsKernelThread ?? (pid == kthreadd && parentPid == 0);
        if (!_threads.TryGetValue(tid, out TracedThread? known) || known.Process != process)
            AddThread(process, tid, process.Comm);
        Epoch++;
    }

    public void Comm(int pid, int tid, ReadOnlySpan<byte> comm, bool isExec)
    {
        TracedProcess process = Process(pid);
        int name = definitions.String(comm);
        if (!_threads.TryGetValue(tid, out TracedThread? thread) || thread.Process != process || thread.ExitTime != 0)
            thread = AddThread(process, tid, name);
        thread.Comm = name;
        // Contexts of others depend on it only when it is the name of a process.
        thread.Epoch = 0;
        if (tid == pid && process.Comm != name)
        {
            process.Comm = name;
            Epoch++;
        }

        if (isExec)
            Exec(process, thread);
    }

    private void Exec(TracedProcess process, TracedThread thread)
    {
        process.Space = AddressSpace.New(process.Pid);
        // Whoever starts a service or a container moves it to its cgroup before the exec.
        process.Cgroup = 0;
        if (process.IsKernelThread)
        {
            process.IsKernelThread = false;
            Epoch++;
        }

        if (process.Threads == 1)
            return;
        // Every other thread ends with an exec; one that was not the leader takes the leader's id and its own is never
        // heard of again.
        List<int> gone = [];
        foreach (TracedThread other in _threads.Values)
        {
            if (other.Process == process && other != thread && other.ExitTime == 0)
                gone.Add(other.Tid);
        }

        foreach (int tid in gone)
            _threads.Remove(tid);
        process.Threads = 1;
    }

    public void Exit(int pid, int tid, ulong time, int cpu = 0)
    {
        _lastExit[cpu] = (pid, tid);
        if (!_threads.TryGetValue(tid, out TracedThread? thread))
        {
            // A process that records only mentioned: its end is the last that is heard of it.
            if (tid == pid && _processes.TryGetValue(pid, out TracedProcess? mentioned) && mentioned.Threads == 0)
            {
                Bury(mentioned);
                _processes.Remove(pid);
            }

            return;
        }

        if (thread.ExitTime != 0)
            return;
        thread.ExitTime = Math.Max(1, time);
        _exited.Enqueue(thread);
        if (--thread.Process.Threads <= 0)
            Bury(thread.Process);
    }

    /// <summary>A new segment of the trace: names get their ids there, and everything made of them is made anew.</summary>
    /// <param name="before">The strings of the segment before.</param>
    public void BeginSegment(ByteInterner before)
    {
        foreach (TracedThread thread in KnownThreads())
            thread.Comm = Comm(thread.Comm);
        foreach (TracedProcess process in KnownProcesses())
            (process.Comm, process.Chain) = (Comm(process.Comm), 0);
        Epoch++;

        int Comm(int id) => id == 0 ? 0 : definitions.String(before[id]);
    }

    /// <summary>Every process that a hit can still show: those that only a thread or a child refers to are in no table any more.</summary>
    public HashSet<TracedProcess> KnownProcesses()
    {
        HashSet<TracedProcess> known = [];
        foreach (TracedProcess process in _processes.Values)
            Add(process);
        foreach (TracedThread thread in KnownThreads())
            Add(thread.Process);
        return known;

        void Add(TracedProcess? process)
        {
            for (; process is not null && known.Add(process); process = process.Parent)
            {
            }
        }
    }

    private HashSet<TracedThread> KnownThreads()
    {
        HashSet<TracedThread> known = [.. _threads.Values, .. _exited];
        if (_released is not null)
            known.Add(_released);
        return known;
    }

    /// <summary>Forgets threads that ended long enough ago. Called between batches of records.</summary>
    public void Sweep(ulong now)
    {
        while (_exited.TryPeek(out TracedThread? thread) && thread.ExitTime + LingerNs < now)
        {
            _exited.Dequeue();
            if (_threads.TryGetValue(thread.Tid, out TracedThread? current) && current == thread)
                _threads.Remove(thread.Tid);
            TracedProcess process = thread.Process;
            if (process.HasExited && _processes.TryGetValue(process.Pid, out TracedProcess? owner) && owner == process)
                _processes.Remove(process.Pid);
        }
    }

    /// <summary>The chain of a process and its ancestors as they are now, as a process id of the trace.</summary>
    public int Chain(TracedProcess process, int depth = 0)
    {
        int parent = process.Parent is null || depth >= TraceLimits.ChainDepth ? 0 : Chain(process.Parent, depth + 1);
        if (process.Chain == 0 || process.ChainParent != parent || process.ChainComm != process.Comm)
        {
            process.InnerPid ??= process.IsKernelThread || process.Pid <= 0 ? 0 : source.InnerPidOf(process.Pid);
            process.Chain = definitions.Process(new ProcessRow((uint)process.Pid, process.Comm, parent,
                process.IsKernelThread ? ProcessFlags.KernelThread : ProcessFlags.None, (uint)process.InnerPid));
            process.ChainParent = parent;
            process.ChainComm = process.Comm;
        }

        return process.Chain;
    }

    /// <summary>
    /// The process ended. The kernel sends no record when its children get a new parent, so those that are alive are asked.
    /// </summary>
    private void Bury(TracedProcess dead)
    {
        if (dead.HasExited)
            return;
        dead.HasExited = true;
        // It keeps its parent, whose name its last hits still show, but is no child of it any more.
        if (dead.Parent is not null)
            dead.Parent.Children--;
        if (dead.Children <= 0)
            return;
        List<TracedProcess> orphans = [];
        foreach (TracedProcess child in _processes.Values)
        {
            if (child.Parent == dead && !child.HasExited)
                orphans.Add(child);
        }

        foreach (TracedProcess orphan in orphans)
        {
            int parent = source.ParentOf(orphan.Pid);
            TracedProcess adopter = Process(parent > 0 && parent != dead.Pid ? parent : 1);
            Learn(adopter);
            orphan.Parent = IsBelow(adopter, orphan) ? null : adopter;
        }

        if (orphans.Count > 0)
            Epoch++;
    }

    /// <summary>Asks the live system about a process that no record told of, and about its unknown ancestors.</summary>
    private void Learn(TracedProcess process)
    {
        for (int depth = 0; process is { Comm: 0, HasExited: false } && depth < TraceLimits.ChainDepth; depth++)
        {
            process.Comm = ReadComm(process.Pid, process.Pid);
            Epoch++;
            if (process.Parent is null && source.ParentOf(process.Pid) is var id and > 0
                && Process(id) is var parent && !IsBelow(parent, process))
                process.Parent = parent;
            if (process.Parent is not { } next)
                return;
            process = next;
        }
    }

    /// <summary>Whether a process descends from another, or is it: ids that are used again can make it look so.</summary>
    private static bool IsBelow(TracedProcess process, TracedProcess ancestor)
    {
        int depth = 0;
        for (TracedProcess? at = process; at is not null; at = at.Parent)
        {
            if (at == ancestor || ++depth > TraceLimits.ChainDepth)
                return true;
        }

        return false;
    }

    private int ReadComm(int pid, int tid)
    {
        Span<byte> comm = stackalloc byte[64];
        return definitions.String(comm[..source.CommOf(pid, tid, comm)]);
    }
}
