using System.Globalization;

namespace Diagnose.Capture.Linux;

/// <summary>The tracing file system, as mounted; it is never mounted from here, since that would change the machine.</summary>
public static class TraceFs
{
    /// <summary>Where it is mounted and readable, or null.</summary>
    public static string? Root { get; } = new[] { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" }
        .FirstOrDefault(root => Directory.Exists(root + "/events"));

    /// <summary>
    /// The number of a tracepoint, which is the config of its event. False with the errno when it cannot be read:
    /// ENOENT for an unknown one, ENODEV when the file system is not mounted or not readable.
    /// </summary>
    public static bool TryGetTracepointId(string system, string name, out ulong id, out int errno)
    {
        id = 0;
        errno = Errno.ENODEV;
        if (Root is null) return false;
        var text = KernelFile.ReadText($"{Root}/events/{system}/{name}/id", out errno);
        if (text is not null && ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out id)) return true;
        if (errno == 0) errno = Errno.EINVAL;
        return false;
    }

    /// <summary>The names of the tracepoints of a system, or null when there is no such system.</summary>
    public static IReadOnlyList<string>? Tracepoints(string system)
    {
        var folder = $"{Root}/events/{system}";
        if (Root is null || !Directory.Exists(folder)) return null;
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
