using System.Globalization;
using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Live;

/// <summary>Reads perf maps and the vDSO.</summary>
internal sealed class LiveProcessCode : IProcessCode
{
    private const int MostPerfMapBytes = 256 << 20;

    private readonly ProcFs _proc = new();
    private byte[]? _vdso;

    public ReadOnlySpan<byte> Vdso => _vdso ??= ReadVdso();

    public byte[]? ReadPerfMap(int pid, uint? lastUid, out string? refused)
    {
        refused = null;
        int namedBy = pid;
        uint? uid = lastUid;
        int root = Environment.ProcessId;
        // In a container the process names its map by its own idea of its id, in its own /tmp.
        if (_proc.TryReadStatus(pid, out ProcStatus status))
            (uid, namedBy, root) = (status.Uid, status.NamespacePid, pid);
        string path = string.Create(CultureInfo.InvariantCulture, $"/tmp/perf-{namedBy}.map");
        SafeFileHandle? file = FileImage.OpenUnderRoot(root, Encoding.UTF8.GetBytes(path), followLinks: false);
        if (file is null)
            return null;
        if (!FileStatus.TryGet(file, out FileStatus owner, out _) || (owner.Uid != 0 && owner.Uid != uid))
        {
            file.Dispose();
            // Anybody can write to /tmp; names from a stranger would be lies about this process.
            refused = $"{path} belongs to user {owner.Uid}, not to process {pid}'s user or root: it is not used";
            return null;
        }

        if (!FileImage.TryOpen(file, MostPerfMapBytes, out FileImage? image, out string? error))
        {
            refused = $"{path} cannot be read: {error}";
            return null;
        }

        using (image)
        {
            image!.TryLoadAll();
            return image.Bytes.ToArray();
        }
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
