namespace Diagnose.Capture.Linux;

/// <summary>The text of <c>/proc/PID/cgroup</c> (cgroups(7)).</summary>
public static class ProcCgroup
{
    /// <summary>
    /// The one path that says where a process belongs. The unified hierarchy (<c>0::/path</c>) unless the process is
    /// at its root while version 1 hierarchies are in use; of those perf_event, then cpu,cpuacct, then systemd's own,
    /// then the first. Empty when the text has no line of this form.
    /// </summary>
    public static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> best = default;
        var bestRank = 0;
        while (!text.IsEmpty)
        {
            var path = Digits.TakeUntil(ref text, (byte)'\n');
            Digits.TakeUntil(ref path, (byte)':');
            var controllers = Digits.TakeUntil(ref path, (byte)':');
            if (path.IsEmpty) continue;
            var rank = controllers.IsEmpty ? path.Length > 1 ? 6 : 1
                : Has(controllers, "perf_event"u8) ? 5
                : Has(controllers, "cpu"u8) || Has(controllers, "cpuacct"u8) ? 4
                : controllers.SequenceEqual("name=systemd"u8) ? 3
                : 2;
            if (rank <= bestRank) continue;
            bestRank = rank;
            best = path;
        }

        return best;
    }

    private static bool Has(ReadOnlySpan<byte> controllers, ReadOnlySpan<byte> name)
    {
        while (!controllers.IsEmpty)
            if (Digits.TakeUntil(ref controllers, (byte)',').SequenceEqual(name)) return true;
        return false;
    }
}
