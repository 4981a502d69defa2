using System.Text;

namespace Diagnose.Formats.Symbols;

/// <summary>
/// Where the file may lie to which the linker's symbols of another were moved (GDB manual, "Debugging Information in Separate Files"):
/// under the build ID, and by the name that the file itself gives, beside it or in its folder under <c>/usr/lib/debug</c>. Whoever opens
/// one compares build IDs: anybody's file can be in these places.
/// </summary>
internal static class DebugFilePlaces
{
    private const string Folder = "/usr/lib/debug";

    /// <param name="buildId">The file's own; without it no other can be told to belong to it.</param>
    /// <param name="path">The file's path; empty where it is not known.</param>
    /// <param name="readLink">Gives the name in its section <c>.gnu_debuglink</c>, empty where there is none; asked when the build ID led to nothing.</param>
    public static IEnumerable<byte[]> Of(byte[] buildId, byte[] path, Func<byte[]> readLink)
    {
        if (buildId.Length < 2)
            yield break;
        string id = Convert.ToHexStringLower(buildId);
        yield return Encoding.ASCII.GetBytes($"{Folder}/.build-id/{id[..2]}/{id[2..]}.debug");
        int folder = path.AsSpan().LastIndexOf((byte)'/');
        if (folder < 0 || path[0] != '/')
            yield break;
        byte[] link = readLink();
        if (link.Length == 0 || link.AsSpan().Contains((byte)'/'))
            yield break;
        byte[] beside = path[..(folder + 1)];
        // A file that gives its own name is not meant.
        if (!path.AsSpan(folder + 1).SequenceEqual(link))
            yield return [.. beside, .. link];
        yield return [.. beside, .. ".debug/"u8, .. link];
        yield return [.. Encoding.ASCII.GetBytes(Folder), .. beside, .. link];
    }
}
