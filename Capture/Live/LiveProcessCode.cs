using System.Globalization;
using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Live;

/// <summary>Reads perf maps and the vDSO.</summary>
internal sealed class LiveProcessCode : IProcessCode
{
    private readonly ProcFs _proc = new();
    private byte[]? _vdso;

    public ReadOnlySpan<byte> Vdso => _vdso ??= ReadVdso();

    public IPerfMapFile? OpenPerfMap(int pid, uint? lastUid, out string? refused)
    {
        refused = null;
        int namedBy = pid;
        uint? uid = lastUid;
        int root = Environment.ProcessId;
        // In a container the process names its map by its own idea of its id, in its own folder.
        if (_proc.TryReadStatus(pid, out ProcStatus status))
            (uid, namedBy, root) = (status.Uid, status.NamespacePid, pid);
        foreach (string folder in ProcessTemp.MapFolders(pid))
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{folder}/perf-{namedBy}.map");
            if (FileImage.OpenUnderRoot(root, Encoding.UTF8.GetBytes(path), followLinks: false) is not { } file)
                continue;
            refused = FileStatus.TryGet(file, out FileStatus map, out int errno) ? Refusal(path, map, pid, uid) : $"{path} cannot be read: {Errno.Text(errno)}";
            if (refused is null)
                return new LivePerfMap(file);
            file.Dispose();
        }

        return null;
    }

    private string? Refusal(string path, in FileStatus map, int pid, uint? uid)
    {
        // Anybody can write to /tmp; names from a stranger would be lies about this process.
        if (map.Uid != 0 && map.Uid != uid)
            return $"{path} belongs to user {map.Uid}, not to process {pid}'s user or root: it is not used";
        if (map.Length > LivePerfMap.MostBytes)
            return $"{path} has {map.Length} bytes, more than the {LivePerfMap.MostBytes} that are read";
        // One that had the same id before has left it behind. Both times have steps of a hundredth of a second and more.
        const ulong tick = 10_000_000, second = 1_000_000_000;
        ulong age = Clock.Realtime - (ulong)map.ModifiedNs, now = Clock.Boot;
        return age < now && _proc.TryReadStat(pid, out ProcStat stat) && now - age + second < stat.StartTime * tick
            ? $"{path} is older than process {pid}: it is not used" : null;
    }

    private unsafe byte[] ReadVdso()
    {
        if (!_proc.TryReadMaps(Environment.ProcessId, out ProcMaps maps))
            return [];
        foreach (ProcMapping map in maps)
        {
            // Every process of the same kind maps the same one, this one included.
            if (map.Path.SequenceEqual("[vdso]"u8) && map.IsReadable)
                return new ReadOnlySpan<byte>((void*)map.Start, (int)(map.End - map.Start)).ToArray();
        }

        return [];
    }
}
