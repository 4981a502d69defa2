using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Import;

/// <summary>Where files are found by their build ID: the cache that perf keeps, and the folder of separate debug files.</summary>
/// <param name="root">Folder that stands for the root of the recorded machine, or empty.</param>
internal sealed class BuildIdCache(string root)
{
    private const string DebugFolder = "/usr/lib/debug/.build-id";

    private static readonly string s_home = Environment.GetEnvironmentVariable("HOME") ?? "";

    /// <summary>What perf keeps of an image: <c>elf</c>, <c>debug</c>, <c>kallsyms</c>, <c>vdso</c>; null where it does not.</summary>
    public static SafeFileHandle? Kept(ReadOnlySpan<byte> buildId, string what, out long length) =>
        Open(s_home.Length == 0 ? null : Place($"{s_home}/.debug/.build-id", buildId), $"/{what}", out length);

    /// <summary>The file with the debugging information of an image, as distributions install it.</summary>
    public SafeFileHandle? Debug(ReadOnlySpan<byte> buildId, out long length) =>
        Open(Place(root + DebugFolder, buildId), ".debug", out length);

    private static SafeFileHandle? Open(string? place, string ending, out long length)
    {
        length = 0;
        return place is null ? null : RegularFile.Open(Encoding.UTF8.GetBytes(place + ending), out length, out _);
    }

    private static string? Place(string folder, ReadOnlySpan<byte> buildId)
    {
        if (buildId.Length < 2)
            return null;
        string id = Convert.ToHexStringLower(buildId);
        return $"{folder}/{id[..2]}/{id[2..]}";
    }
}
