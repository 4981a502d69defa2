namespace Diagnose.Capture.Linux;

/// <summary>One line of <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</summary>
internal readonly record struct Mount(string Root, string Point, string Type, string SuperOptions)
{
    /// <summary>The mounts of this process's mount namespace.</summary>
    public static IEnumerable<Mount> All() => Parse(KernelFile.ReadText("/proc/self/mountinfo") ?? "");

    /// <summary>Reads the file's text; lines of another form are left out.</summary>
    public static IEnumerable<Mount> Parse(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split(' ');
            // Optional fields stand between the sixth and a lone dash.
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0 || fields.Length < dash + 4) continue;
            yield return new Mount(Unescape(fields[3]), Unescape(fields[4]), fields[dash + 1], fields[dash + 3]);
        }
    }

    private static string Unescape(string field) => field
        .Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
        .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
}
