using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Live;

/// <summary>
/// Every process of the machine with its threads, mappings and parent, as /proc shows them. Side-band records must
/// already be collected when it is taken: what changes meanwhile is then applied on top.
/// </summary>
internal sealed class Snapshot(ProcessTable processes, ModuleTable modules, CgroupTable cgroups, DefinitionWriter definitions)
{
    private readonly ProcFs _proc = new();
    private readonly List<int> _tids = [];

    /// <param name="withCgroups">Where hits do not carry their cgroup it must be read while the process lives.</param>
    public void Take(bool withCgroups)
    {
        List<int> pids = [];
        ProcFs.TryListProcesses(pids);
        foreach (int pid in pids)
        {
            TakeProcess(pid);
            if (withCgroups && processes.Processes.TryGetValue(pid, out TracedProcess? process))
                cgroups.OfProcess(process);
        }
    }

    private void TakeProcess(int pid)
    {
        if (!_proc.TryReadStat(pid, out ProcStat stat))
            return;
        TracedProcess process = processes.Process(pid);
        process.IsKernelThread = stat.IsKernelThread;
        process.Comm = definitions.String(stat.Comm);
        process.Parent = stat.ParentPid > 0 ? processes.Process(stat.ParentPid) : null;
        TakeThreads(process);
        if (process.IsKernelThread)
            return;
        if (_proc.TryReadStatus(pid, out ProcStatus status))
            (process.Uid, process.InnerPid) = (status.Uid, status.InnerPid);
        if (!_proc.TryReadMaps(pid, out ProcMaps maps))
            return;
        foreach (ProcMapping map in maps)
        {
            if (map.IsExecutable)
                modules.Map(process, 0, map.Start, map.End - map.Start, map.PgOff, map.Path, [],
                    ((ulong)map.Major << 32) | map.Minor, map.Inode);
        }
    }

    private void TakeThreads(TracedProcess process)
    {
        if (!_proc.TryListThreads(process.Pid, _tids))
            return;
        foreach (int tid in _tids)
        {
            int comm = process.Comm;
            if (tid != process.Pid && _proc.TryReadComm(process.Pid, tid, out ReadOnlySpan<byte> name))
                comm = definitions.String(name);
            processes.AddThread(process, tid, comm);
        }
    }
}
