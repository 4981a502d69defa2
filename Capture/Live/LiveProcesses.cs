using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Live;

/// <summary>Answers the recorder's questions about processes from /proc.</summary>
internal sealed class LiveProcesses : IProcessSource, ICgroupSource
{
    private readonly ProcFs _proc = new();
    private readonly CgroupFs _cgroups = new();

    public int ParentOf(int pid) => _proc.TryReadStat(pid, out ProcStat stat) ? stat.ParentPid : 0;

    public int ProcessOf(int tid) => tid > 0 && _proc.TryReadStatus(tid, out ProcStatus status) ? status.Tgid : 0;

    public int InnerPidOf(int pid) => _proc.TryReadStatus(pid, out ProcStatus status) ? status.InnerPid : 0;

    public int CommOf(int pid, int tid, Span<byte> comm)
    {
        if (!_proc.TryReadComm(pid, tid, out ReadOnlySpan<byte> name) || name.Length > comm.Length)
            return 0;
        name.CopyTo(comm);
        return name.Length;
    }

    public byte[] CgroupOf(int pid) =>
        _proc.TryReadCgroup(pid, out ReadOnlySpan<byte> path) ? path.ToArray() : [];

    public byte[] PathOf(ulong id) =>
        _cgroups.TryGetPath(id, out string path) ? System.Text.Encoding.UTF8.GetBytes(path) : [];
}
