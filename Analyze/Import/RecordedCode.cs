using System.Globalization;
using System.Text;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Recording;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Import;

/// <summary>The names of code without a file: perf maps and the vDSO of this machine, where the recording is of it.</summary>
/// <param name="mayBeOwn">Whether this machine can have made the recording.</param>
/// <param name="isStillUp">Whether it can be of this very boot.</param>
internal sealed class RecordedCode(string root, RecordedBuildIds buildIds, Func<bool> mayBeOwn, Func<bool> isStillUp) : IProcessCode
{
    private const long MostPerfMapBytes = 256 << 20;
    private const int MostVdsoBytes = 1 << 20;

    private byte[]? _vdso;

    public ReadOnlySpan<byte> Vdso => _vdso ??= ReadVdso();

    public IPerfMapFile? OpenPerfMap(int pid, uint? lastUid, out string? refused)
    {
        refused = null;
        // With a folder of another machine its maps are in there.
        if (root.Length == 0 && !isStillUp())
            return null;
        string path = string.Create(CultureInfo.InvariantCulture, $"{root}/tmp/perf-{pid}.map");
        if (RegularFile.Open(Encoding.UTF8.GetBytes(path), out long length, out uint owner, followLinks: false) is not { } file)
            return null;
        // Anybody can write to /tmp; what a stranger wrote there is no word of the process.
        if (owner != 0 && owner != RegularFile.EffectiveUser())
            refused = $"{path} belongs to user {owner}, not to this user or root: it is not used";
        else if (length > MostPerfMapBytes)
            refused = $"{path} has {length} bytes, more than are read";
        byte[]? text = refused is null ? Read(file, length) : null;
        file.Dispose();
        return text is null ? null : new WholePerfMap(text);
    }

    private static byte[]? Read(SafeFileHandle? file, long length)
    {
        if (file is null || FileParts.Open(file, length) is not { } parts)
            return null;
        using (parts)
        {
            parts.TryLoad(0, parts.Length);
            return parts.Bytes.ToArray();
        }
    }

    private byte[] ReadVdso()
    {
        byte[] recorded = buildIds.Of("[vdso]"u8);
        byte[] own = ReadOwnVdso();
        bool isOwn = recorded.Length == 0 ? mayBeOwn()
            : ElfImage.TryParse(own, out ElfImage elf, out _) && elf.BuildId.SequenceEqual(recorded);
        if (isOwn)
            return own;
        return recorded.Length > 0 && BuildIdCache.Kept(recorded, "vdso", out long length) is { } kept && length <= MostVdsoBytes
            ? Read(kept, length) ?? [] : [];
    }

    /// <summary>Every process of a kind maps the same one, this one included.</summary>
    private static unsafe byte[] ReadOwnVdso()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/maps"))
            {
                if (!line.EndsWith(" [vdso]", StringComparison.Ordinal))
                    continue;
                string[] range = line.Split(' ')[0].Split('-');
                ulong start = ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                ulong end = ulong.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                return new ReadOnlySpan<byte>((void*)start, (int)(end - start)).ToArray();
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // No /proc: nothing to find.
        }

        return [];
    }
}
