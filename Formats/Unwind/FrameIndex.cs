namespace Diagnose.Formats.Unwind;

/// <summary>The entries of a section that has no search table, sorted by address: made once, in one walk.</summary>
internal sealed class FrameIndex
{
    /// <summary>More functions than any program has; what comes after is not indexed.</summary>
    private const int MostEntries = 1 << 20;

    private readonly ulong[] _starts;
    private readonly int[] _entries;

    private FrameIndex(ulong[] starts, int[] entries) => (_starts, _entries) = (starts, entries);

    public int Count => _starts.Length;

    public int MemoryBytes => _starts.Length * (sizeof(ulong) + sizeof(int));

    public static FrameIndex Build(ReadOnlySpan<byte> file, in FrameSection section)
    {
        List<ulong> starts = [];
        List<int> entries = [];
        CommonEntry common = default;
        int at = section.Offset;
        while (at < section.End && starts.Count < MostEntries && EntryHeader.TryRead(file, section, at, out EntryHeader header))
        {
            // An entry that cannot be read does not hide those after it.
            if (!header.IsCommon && FrameEntry.TryRead(file, section, at, ref common, out FrameEntry entry)
                && entry is { Start: not 0, Length: not 0 })
            {
                starts.Add(entry.Start);
                entries.Add(at);
            }

            at = header.End;
        }

        ulong[] keys = [.. starts];
        int[] values = [.. entries];
        Array.Sort(keys, values);
        return new FrameIndex(keys, values);
    }

    /// <summary>The place of the entry whose function begins at an address or nearest before it.</summary>
    public bool TryFind(ulong address, out int entry)
    {
        int found = Array.BinarySearch(_starts, address);
        if (found < 0)
            found = ~found - 1;
        entry = found < 0 ? 0 : _entries[found];
        return found >= 0;
    }
}
