using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Recording;

/// <summary>What the recorder asks of the live system about processes; everything else it learns from records.</summary>
internal interface IProcessSource
{
    /// <summary>Current parent of a live process, 0 when it is gone.</summary>
    int ParentOf(int pid);

    /// <summary>Process of a live thread, 0 when it is gone.</summary>
    int ProcessOf(int tid);

    /// <summary>Name of a live thread into <paramref name="comm"/>; its length, 0 when it is gone.</summary>
    int CommOf(int pid, int tid, Span<byte> comm);

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
    private readonly Queue<TracedThread> _exited = [];

    /// <summary>Counts the changes that can make any context another one.</summary>
    public ulong Epoch { get; private set; } = 1;

    public IReadOnlyDictionary<int, TracedProcess> Processes => _processes;

    /// <summary>Distinct threads seen so far.</summary>
    public int ThreadsSeen { get; private set; }

    /// <summary>A process of the snapshot, or one that records only mention; made when it is not known.</summary>
    public TracedProcess Process(int pid)
    {
        if (!_processes.TryGetValue(pid, out TracedProcess? process))
        {
            process = new TracedProcess(pid, new AddressSpace(pid, null, 0));
            _processes.Add(pid, process);
        }

        return process;
    }

    /// <summary>The thread that was hit. One that no record announced is looked up on the live system.</summary>
    public TracedThread Thread(int pid, int tid)
    {
        if (_threads.TryGetValue(tid, out TracedThread? thread) && (pid <= 0 || thread.Process.Pid == pid))
            return thread;
        if (pid <= 0)
            pid = source.ProcessOf(tid);
        TracedProcess process = Process(pid > 0 ? pid : tid);
        thread = AddThread(process, tid, ReadComm(process.Pid, tid) is var comm and not 0 ? comm : process.Comm);
        if (process.Comm == 0)
        {
            process.Comm = tid == process.Pid ? thread.Comm : ReadComm(process.Pid, process.Pid);
            int parent = source.ParentOf(process.Pid);
            if (parent > 0)
                process.Parent = Process(parent);
            Epoch++;
        }

        return thread;
    }

    public TracedThread AddThread(TracedProcess process, int tid, int comm)
    {
        if (_threads.TryGetValue(tid, out TracedThread? before) && before.ExitTime == 0)
            before.Process.Threads--;
        var thread = new TracedThread(tid, process) { Comm = comm };
        _threads[tid] = thread;
        process.Threads++;
        ThreadsSeen++;
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
        TracedProcess parent = Process(parentPid);
        int comm = _threads.TryGetValue(parentTid, out TracedThread? forker) ? forker.Comm : parent.Comm;
        TracedProcess process;
        if (pid == parentPid)
        {
            process = parent;
        }
        else if (tid != pid && _processes.TryGetValue(pid, out TracedProcess? known))
        {
            process = known;
        }
        else
        {
            process = new TracedProcess(pid, new AddressSpace(pid, parent.Space, time))
            {
                Parent = parent,
                Comm = comm,
                IsKernelThread = parent.IsKernelThread,
                Cgroup = parent.Cgroup,
                Uid = parent.Uid,
            };
            _processes[pid] = process;
            Epoch++;
        }

        AddThread(process, tid, comm);
    }

    public void Comm(int pid, int tid, ReadOnlySpan<byte> comm, bool isExec)
    {
        TracedProcess process = Process(pid);
        int name = definitions.String(comm);
        if (!_threads.TryGetValue(tid, out TracedThread? thread) || thread.Process != process)
            thread = AddThread(process, tid, name);
        thread.Comm = name;
        if (tid == pid)
            process.Comm = name;
        if (isExec)
        {
            process.Space = new AddressSpace(pid, null, 0);
            process.IsKernelThread = false;
            // Whoever starts a service or a container moves it to its cgroup before the exec.
            process.Cgroup = 0;
        }

        Epoch++;
    }

    public void Exit(int pid, int tid, ulong time)
    {
        if (!_threads.TryGetValue(tid, out TracedThread? thread) || thread.ExitTime != 0)
            return;
        thread.ExitTime = Math.Max(1, time);
        _exited.Enqueue(thread);
        TracedProcess process = thread.Process;
        if (process.Pid == pid && --process.Threads == 0)
            Reparent(process);
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
            process.Chain = definitions.Process(new ProcessRow((uint)process.Pid, process.Comm, parent,
                process.IsKernelThread ? ProcessFlags.KernelThread : ProcessFlags.None));
            process.ChainParent = parent;
            process.ChainComm = process.Comm;
        }

        return process.Chain;
    }

    /// <summary>
    /// The kernel sends no record when the children of a dead process get a new parent, so those that are alive are asked.
    /// </summary>
    private void Reparent(TracedProcess dead)
    {
        dead.HasExited = true;
        if (dead.Parent is not null)
            dead.Parent.Children--;
        if (dead.Children == 0)
            return;
        List<TracedProcess>? orphans = null;
        foreach (TracedProcess child in _processes.Values)
        {
            if (child.Parent == dead && !child.HasExited)
                (orphans ??= []).Add(child);
        }

        foreach (TracedProcess orphan in orphans ?? (IEnumerable<TracedProcess>)[])
        {
            int parent = source.ParentOf(orphan.Pid);
            orphan.Parent = parent > 0 && parent != dead.Pid ? Process(parent) : Process(1);
        }

        if (orphans is not null)
            Epoch++;
    }

    private int ReadComm(int pid, int tid)
    {
        Span<byte> comm = stackalloc byte[64];
        return definitions.String(comm[..source.CommOf(pid, tid, comm)]);
    }
}
