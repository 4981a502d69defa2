namespace Diagnose.Formats.Recording;

/// <summary>
/// The executable mappings of an address space, ordered by address. Never changed once made: a forked child shares its
/// parent's, and everything that was found out about callchains under a table stays true for it.
/// </summary>
internal sealed class MapTable
{
    private readonly struct Range(ulong start, ulong end, Mapping mapping)
    {
        public readonly ulong Start = start;
        public readonly ulong End = end;
        public readonly Mapping Mapping = mapping;
    }

    /// <summary>
    /// No record tells of an unmapping, so a process that maps code at ever new places looks as if it had it all; more
    /// than this the older half is taken to be gone.
    /// </summary>
    public const int MostRanges = 8192;

    private static ulong s_lastKey;

    private readonly Range[] _ranges;

    private MapTable(Range[] ranges)
    {
        _ranges = ranges;
        Key = Interlocked.Increment(ref s_lastKey);
    }

    public static MapTable Empty { get; } = new([]);

    /// <summary>Tells this table from every other in the life of the recorder.</summary>
    public ulong Key { get; }

    public int Count => _ranges.Length;

    public bool TryFind(ulong address, out Mapping mapping) => TryFind(address, out mapping, out _, out _);

    /// <param name="start">From here to <paramref name="end"/> no later mapping covers it.</param>
    public bool TryFind(ulong address, out Mapping mapping, out ulong start, out ulong end)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly Range range = ref _ranges[middle];
            if (address < range.Start)
            {
                high = middle - 1;
            }
            else if (address >= range.End)
            {
                low = middle + 1;
            }
            else
            {
                (mapping, start, end) = (range.Mapping, range.Start, range.End);
                return true;
            }
        }

        (mapping, start, end) = (null!, 0, 0);
        return false;
    }

    /// <summary>Whether another mapping lays the same bytes of the module's file somewhere else.</summary>
    public bool MapsElsewhere(CodeModule module, ulong start, ulong end, ulong offset)
    {
        foreach (Range range in _ranges)
        {
            Mapping other = range.Mapping;
            if (other.Module == module && start - offset != other.Start - other.Offset
                && offset < other.Offset + (other.End - other.Start) && other.Offset < offset + (end - start)
                && (range.End <= start || range.Start >= end))
                return true;
        }

        return false;
    }

    /// <summary>The table after a mapping was made; what it covers of others is gone.</summary>
    public MapTable With(Mapping mapping)
    {
        var ranges = new List<Range>(_ranges.Length + 2);
        bool placed = false;
        foreach (Range range in _ranges)
        {
            if (range.Start < mapping.Start)
                ranges.Add(new Range(range.Start, Math.Min(range.End, mapping.Start), range.Mapping));
            if (!placed && range.End > mapping.Start)
            {
                ranges.Add(new Range(mapping.Start, mapping.End, mapping));
                placed = true;
            }

            if (range.End > mapping.End)
                ranges.Add(new Range(Math.Max(range.Start, mapping.End), range.End, range.Mapping));
        }

        if (!placed)
            ranges.Add(new Range(mapping.Start, mapping.End, mapping));
        return new MapTable(ranges.Count > MostRanges ? NewerHalf(ranges) : [.. ranges]);
    }

    private static Range[] NewerHalf(List<Range> ranges)
    {
        ulong[] times = [.. ranges.Select(range => range.Mapping.Time)];
        Array.Sort(times);
        // Of equal times (all that were there before the recording) any may go: what stays is in order of address.
        Range[] newer = [.. ranges.Where(range => range.Mapping.Time >= times[times.Length / 2])];
        return newer.Length > MostRanges ? newer[^(MostRanges / 2)..] : newer;
    }
}
