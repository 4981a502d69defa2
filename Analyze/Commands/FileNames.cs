using System.Text;

namespace Diagnose.Analyze.Commands;

/// <summary>A list of files: one name on each line, blank lines skipped, a CR before the line's end left out.</summary>
internal static class FileNames
{
    /// <summary>No system takes longer names; what has longer lines is no list.</summary>
    private const int LongestName = 1 << 16;

    /// <summary>The names, each as soon as its line is there.</summary>
    /// <param name="path">The list; - is standard input.</param>
    /// <exception cref="IOException">The list cannot be read, or is none.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using StreamReader list = path == "-"
            ? new StreamReader(Console.OpenStandardInput(), Encoding.UTF8) : new StreamReader(path, Encoding.UTF8);
        foreach (string name in Read(list))
            yield return name;
    }

    /// <summary>The names in a text.</summary>
    /// <exception cref="IOException">It is no list.</exception>
    internal static IEnumerable<string> Read(TextReader list)
    {
        var line = new StringBuilder();
        for (int number = 1, next = 0; next >= 0; number++)
        {
            // Not by lines as the reader takes them: a CR inside a name belongs to it.
            line.Clear();
            while ((next = list.Read()) is >= 0 and not '\n')
            {
                if (line.Append((char)next).Length > LongestName)
                    throw new IOException($"line {number} is longer than any name of a file");
            }

            if (line.Length > 0 && line[^1] == '\r')
                line.Length--;
            if (line.ToString() is var name && !string.IsNullOrWhiteSpace(name))
                yield return name;
        }
    }
}
