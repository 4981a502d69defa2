namespace Diagnose.Formats.Jit;

/// <summary>A piece of address space and the symbol that holds it: 32 bytes.</summary>
internal struct PerfMapSpan
{
    public ulong Start;
    public uint Length;

    /// <summary>How far into its symbol the piece starts; more than 0 once a later line has covered the symbol's front.</summary>
    public uint Skipped;
    public uint SymbolSize;
    public int NameAt;
    public int NameLength;
    public uint NameHash;

    public readonly ulong End => Start + Length;
    public readonly ulong SymbolStart => Start - Skipped;
}

/// <summary>Turns overlapping spans into separate ones, each address going to the last span given that covers it.</summary>
internal static class PerfMapOverlay
{
    /// <summary>Nearly always a map grows by code that lies over no other: then the two go together as they are.</summary>
    /// <param name="spans">By address, and separate.</param>
    /// <param name="added">In any order.</param>
    public static bool TryMerge(PerfMapSpan[] spans, List<PerfMapSpan> added, out PerfMapSpan[] merged)
    {
        PerfMapSpan[] sorted = [.. added];
        Array.Sort(sorted, (a, b) => a.Start.CompareTo(b.Start));
        merged = new PerfMapSpan[spans.Length + sorted.Length];
        for (int at = 0, old = 0, add = 0; at < merged.Length; at++)
        {
            merged[at] = add == sorted.Length || (old < spans.Length && spans[old].Start <= sorted[add].Start) ? spans[old++] : sorted[add++];
            if (at > 0 && merged[at - 1].End > merged[at].Start)
                return false;
        }

        return true;
    }

    /// <summary>The spans in the order they were written; returns them cut to what is left of each, by address.</summary>
    public static PerfMapSpan[] Flatten(PerfMapSpan[] spans)
    {
        var starts = new ulong[spans.Length];
        var order = new int[spans.Length];
        for (var i = 0; i < spans.Length; i++)
            (starts[i], order[i]) = (spans[i].Start, i);
        Array.Sort(starts, order);

        // Sweep upwards. Of the spans begun and not ended, the one written last holds the address.
        var flat = new List<PerfMapSpan>(spans.Length);
        var open = new PriorityQueue<int, int>();
        var at = 0ul;
        for (var next = 0; next < order.Length || open.Count > 0;)
        {
            while (open.TryPeek(out var ended, out _) && spans[ended].End <= at)
                open.Dequeue();
            if (open.Count == 0)
            {
                if (next == order.Length)
                    break;
                at = starts[next];
                ref readonly var alone = ref spans[order[next]];
                if (next + 1 == order.Length || starts[next + 1] >= alone.End)
                {
                    // Nearly all code: nothing lies over it.
                    Add(flat, alone, at, alone.End);
                    at = alone.End;
                    next++;
                    continue;
                }
            }

            for (; next < order.Length && starts[next] <= at; next++)
                open.Enqueue(order[next], -order[next]);
            var holder = open.Peek();
            ref readonly var span = ref spans[holder];
            var end = next < order.Length ? Math.Min(span.End, starts[next]) : span.End;
            if (end > at)
                Add(flat, span, at, end);
            at = Math.Max(at, end);
        }

        return [.. flat];
    }

    /// <summary>Adds what span holds of [start, end), joined to the piece before when that is the same symbol going on.</summary>
    private static void Add(List<PerfMapSpan> flat, in PerfMapSpan span, ulong start, ulong end)
    {
        if (flat.Count > 0 && flat[^1] is var last && last.End == start && last.SymbolStart == span.SymbolStart && last.NameAt == span.NameAt)
        {
            flat[^1] = last with { Length = (uint)(end - last.Start) };
            return;
        }

        flat.Add(span with { Start = start, Length = (uint)(end - start), Skipped = span.Skipped + (uint)(start - span.Start) });
    }
}
