using System.Globalization;
using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>Lists of CPU numbers as people and the kernel write them: <c>0-16,23</c>.</summary>
public static class CpuList
{
    /// <summary>More than any Linux kernel is built for (NR_CPUS).</summary>
    private const int MostCpus = 1 << 16;

    /// <summary>The CPUs that are online, ascending.</summary>
    public static int[] Online
    {
        get
        {
            var text = KernelFile.ReadText("/sys/devices/system/cpu/online")?.Trim();
            return text is not null && TryParse(text, out var cpus, out _)
                ? cpus
                : [.. Enumerable.Range(0, Environment.ProcessorCount)];
        }
    }

    /// <summary>Reads a list; ascending and each CPU once. On failure <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(string text, out int[] cpus, out string error)
    {
        var found = new SortedSet<int>();
        cpus = [];
        error = "";
        foreach (var part in text.Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var first = dash < 0 ? part : part[..dash];
            if (!TryParseNumber(first, out var from) || !TryParseNumber(dash < 0 ? first : part[(dash + 1)..], out var to))
            {
                error = part.Length == 0
                    ? $"CPU list '{text}' has an empty part; write it like 0-16,23"
                    : $"'{part}' in CPU list '{text}' is not a CPU number or a range; write it like 0-16,23";
                return false;
            }

            if (to < from)
            {
                error = $"range '{part}' in CPU list '{text}' runs backwards";
                return false;
            }

            for (var cpu = from; cpu <= to; cpu++) found.Add(cpu);
        }

        cpus = [.. found];
        return true;
    }

    /// <summary>Reads a list of which every CPU must be in <paramref name="online"/>.</summary>
    public static bool TryParse(string text, ReadOnlySpan<int> online, out int[] cpus, out string error)
    {
        if (!TryParse(text, out cpus, out error)) return false;
        foreach (var cpu in cpus)
        {
            if (online.Contains(cpu)) continue;
            error = $"CPU {cpu} in CPU list '{text}' is not online; online are {Format(online)}";
            cpus = [];
            return false;
        }

        return true;
    }

    /// <summary>Writes ascending CPU numbers with runs as ranges.</summary>
    public static string Format(ReadOnlySpan<int> cpus)
    {
        var text = new StringBuilder();
        for (var i = 0; i < cpus.Length;)
        {
            var last = i;
            while (last + 1 < cpus.Length && cpus[last + 1] == cpus[last] + 1) last++;
            if (text.Length > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{cpus[i]}");
            if (last > i) text.Append(CultureInfo.InvariantCulture, $"-{cpus[last]}");
            i = last + 1;
        }

        return text.ToString();
    }

    private static bool TryParseNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < MostCpus;
}
