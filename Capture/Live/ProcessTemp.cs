using System.Text;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Live;

/// <summary>The folders that a runtime puts its perf map and its sockets into, as the process sees them.</summary>
internal static class ProcessTemp
{
    private const string Default = "/tmp";

    /// <summary>
    /// Folders for perf maps, the likeliest first: what .NET was told in so many words, its <c>TMPDIR</c>, and the folder that the
    /// others know no other than.
    /// </summary>
    public static IEnumerable<string> MapFolders(int pid)
    {
        byte[] environment = Environment(pid);
        string? told = Value(environment, "DOTNET_PerfMapJitDumpPath=") ?? Value(environment, "COMPlus_PerfMapJitDumpPath=");
        string temp = Value(environment, "TMPDIR=") ?? Default;
        if (told is not null)
            yield return told;
        if (temp != told)
            yield return temp;
        if (temp != Default && told != Default)
            yield return Default;
    }

    /// <summary>The folder for sockets.</summary>
    public static string SocketFolder(int pid) => Value(Environment(pid), "TMPDIR=") ?? Default;

    /// <summary>Variables as the process was started with, each with a NUL behind it; empty where they may not be read.</summary>
    private static byte[] Environment(int pid)
    {
        byte[] buffer = [];
        return KernelFile.TryRead(Encoding.ASCII.GetBytes($"/proc/{pid}/environ\0"), ref buffer, out Span<byte> content, out _)
            ? content.ToArray() : [];
    }

    /// <summary>An absolute path; where a relative one leads, nobody knows by now.</summary>
    private static string? Value(ReadOnlySpan<byte> environment, string assignment)
    {
        while (!environment.IsEmpty)
        {
            ReadOnlySpan<byte> variable = Digits.TakeUntil(ref environment, 0);
            if (variable.StartsWith(Encoding.ASCII.GetBytes(assignment)) && variable[assignment.Length..] is [(byte)'/', ..] path)
                return Encoding.UTF8.GetString(path) is { Length: > 1 } folder ? folder.TrimEnd('/') : "/";
        }

        return null;
    }
}
