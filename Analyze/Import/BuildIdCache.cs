using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Import;

/// <summary>The cache that perf keeps of files, by their build ID.</summary>
internal static class BuildIdCache
{
    private static readonly string s_home = Environment.GetEnvironmentVariable("HOME") ?? "";

    /// <summary>What perf keeps of an image: <c>elf</c>, <c>debug</c>, <c>kallsyms</c>, <c>vdso</c>; null where it does not.</summary>
    public static SafeFileHandle? Kept(ReadOnlySpan<byte> buildId, string what, out long length) =>
        Open(s_home.Length == 0 ? null : Place($"{s_home}/.debug/.build-id", buildId), $"/{what}", out length);

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
