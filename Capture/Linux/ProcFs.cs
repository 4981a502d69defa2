using System.Text.Unicode;

namespace Diagnose.Capture.Linux;

/// <summary>
/// Reads processes from /proc. Not for more than one thread at a time: what it returns lies in buffers that the next
/// call uses again. A process may end between any two calls; a call about one that did returns false.
/// </summary>
public sealed class ProcFs
{
    private readonly byte[] path = new byte[64];
    private byte[] buffer = new byte[16 << 10];

    /// <summary>Clears <paramref name="pids"/> and fills it with every process.</summary>
    public static bool TryListProcesses(List<int> pids)
    {
        pids.Clear();
        return Directories.TryListNumbers("/proc\0"u8, pids);
    }

    /// <summary>Clears <paramref name="tids"/> and fills it with every thread of a process.</summary>
    public bool TryListThreads(int pid, List<int> tids)
    {
        tids.Clear();
        Utf8.TryWrite(path, $"/proc/{pid}/task\0", out var length);
        return Directories.TryListNumbers(path.AsSpan(0, length), tids);
    }

    public bool TryReadStat(int pid, out ProcStat stat)
    {
        stat = default;
        Utf8.TryWrite(path, $"/proc/{pid}/stat\0", out var length);
        return TryRead(length, out var text) && ProcStat.TryParse(text, out stat);
    }

    public bool TryReadStatus(int pid, out ProcStatus status)
    {
        status = default;
        Utf8.TryWrite(path, $"/proc/{pid}/status\0", out var length);
        return TryRead(length, out var text) && ProcStatus.TryParse(text, out status);
    }

    /// <summary>The name of one thread.</summary>
    public bool TryReadComm(int pid, int tid, out ReadOnlySpan<byte> comm)
    {
        comm = default;
        Utf8.TryWrite(path, $"/proc/{pid}/task/{tid}/comm\0", out var length);
        if (!TryRead(length, out var text)) return false;
        comm = text.EndsWith("\n"u8) ? text[..^1] : text;
        return true;
    }

    /// <summary>The mappings of a process; none for a kernel thread.</summary>
    public bool TryReadMaps(int pid, out ProcMaps maps)
    {
        maps = default;
        Utf8.TryWrite(path, $"/proc/{pid}/maps\0", out var length);
        if (!TryRead(length, out var text)) return false;
        maps = new ProcMaps(text);
        return true;
    }

    /// <summary>The path of a process's cgroup; see <see cref="ProcCgroup.PathOf"/>.</summary>
    public bool TryReadCgroup(int pid, out ReadOnlySpan<byte> cgroup)
    {
        cgroup = default;
        Utf8.TryWrite(path, $"/proc/{pid}/cgroup\0", out var length);
        if (!TryRead(length, out var text)) return false;
        cgroup = ProcCgroup.PathOf(text);
        return !cgroup.IsEmpty;
    }

    private bool TryRead(int pathLength, out Span<byte> text) =>
        KernelFile.TryRead(path.AsSpan(0, pathLength), ref buffer, out text, out _);
}
