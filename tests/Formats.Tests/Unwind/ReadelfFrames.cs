using System.Globalization;
using Diagnose.Formats.Tests.Elf;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>A row of <c>readelf --debug-dump=frames-interp</c>.</summary>
/// <param name="Columns">Registers that the entry has rules for, by their DWARF number; 16 is <c>ra</c>.</param>
/// <param name="Text">As "CFA rbx=c-16 ra=c-8".</param>
internal sealed record ReadelfRow(ulong EntryStart, ulong Start, ulong End, bool IsSignalFrame, int[] Columns, string Text);

internal static class ReadelfFrames
{
    public static readonly string[] Names =
        ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra"];

    private sealed record Entry(ulong Start, ulong End, string Common, bool IsSignalFrame, List<string[]> Rows)
    {
        public string[] Columns { get; set; } = [];
    }

    public static IEnumerable<ReadelfRow> Read(string path, string section)
    {
        string text = RealBinaries.Run("readelf", $"--debug-dump=no-follow-links,frames-interp {path}");
        var commons = new Dictionary<string, Entry>();
        Entry? entry = null;
        bool inSection = false;
        var entries = new List<Entry>();
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("Contents of the ", StringComparison.Ordinal))
            {
                inSection = line.Contains($" {section} ", StringComparison.Ordinal);
                continue;
            }

            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!inSection || words.Length < 3)
                continue;
            if (words.Length > 3 && words[3] == "CIE")
            {
                entry = new Entry(0, 0, "", words[4].Contains('S', StringComparison.Ordinal), []);
                commons[words[0]] = entry;
            }
            else if (words.Length > 3 && words[3] == "FDE")
            {
                Entry common = commons[words[4]["cie=".Length..]];
                string[] range = words[^1]["pc=".Length..].Split("..");
                entry = new Entry(Hex(range[0]), Hex(range[1]), words[4]["cie=".Length..], common.IsSignalFrame, []);
                entries.Add(entry);
            }
            else if (words[0] == "LOC")
            {
                entry!.Columns = words[2..];
            }
            else if (entry is not null && words[0].Length == 16)
            {
                // A register that another one holds is written as "r8 (r8)".
                entry.Rows.Add([.. words.Where(word => word[0] != '(')]);
            }
        }

        return entries.Where(e => e.End > e.Start).SelectMany(e => RowsOf(e, commons[e.Common]));
    }

    private static IEnumerable<ReadelfRow> RowsOf(Entry entry, Entry common)
    {
        // An entry without instructions has the one row of its common entry.
        if (entry.Rows.Count == 0)
        {
            yield return Row(entry, common.Columns, common.Rows[^1], entry.Start, entry.End);
            yield break;
        }

        for (int i = 0; i < entry.Rows.Count; i++)
        {
            ulong start = Hex(entry.Rows[i][0]), end = i + 1 < entry.Rows.Count ? Hex(entry.Rows[i + 1][0]) : entry.End;
            if (start < end && end <= entry.End)
                yield return Row(entry, entry.Columns, entry.Rows[i], start, end);
        }
    }

    private static ReadelfRow Row(Entry entry, string[] columns, string[] words, ulong start, ulong end)
    {
        int[] numbers = [.. columns.Select(name => Array.IndexOf(Names, name)).Where(number => number >= 0)];
        string rules = string.Join(' ', columns.Select((name, i) => (name, i)).Where(c => Names.Contains(c.name))
            // What was restored to no rule is written as "s": for binutils as for us it is the same as "u", never mentioned.
            .Select(c => $"{c.name}={(words[c.i + 2] == "s" ? "u" : words[c.i + 2])}"));
        return new ReadelfRow(entry.Start, start, end, entry.IsSignalFrame, numbers, $"{words[1]} {rules}");
    }

    private static ulong Hex(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
