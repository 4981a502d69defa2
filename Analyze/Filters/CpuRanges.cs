using System.Globalization;

namespace Diagnose.Analyze.Filters;

/// <summary>CPU numbers as people and the kernel write them: <c>0-16,23</c>.</summary>
public sealed class CpuRanges
{
    private readonly List<(int From, int To)> _ranges = [];

    public bool Contains(int cpu)
    {
        foreach ((int from, int to) in _ranges)
        {
            if (cpu >= from && cpu <= to)
                return true;
        }

        return false;
    }

    /// <summary>Reads a list; null, and why, for what is none.</summary>
    public static CpuRanges? Parse(string text, out string error)
    {
        var ranges = new CpuRanges();
        error = "";
        foreach (string part in text.Split(','))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            string first = dash < 0 ? part : part[..dash];
            if (!TryNumber(first, out int from) || !TryNumber(dash < 0 ? first : part[(dash + 1)..], out int to))
                error = $"'{part}' is not a CPU number or a range";
            else if (to < from)
                error = $"the range '{part}' runs backwards";
            else
                ranges._ranges.Add((from, to));
            if (error.Length > 0)
                return null;
        }

        return ranges;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
