using System.Runtime.InteropServices;

namespace Diagnose.Analyze.Hits;

/// <summary>
/// Puts hits in time order, those of one moment by their ids. A block's hits come as one ascending run for each CPU, so
/// merging the runs that are there takes a pass or two where sorting from nothing would take sixteen.
/// </summary>
internal sealed class HitOrder
{
    private readonly List<int> _starts = [];
    private Hit[] _room = [];

    public void Sort(Span<Hit> hits)
    {
        FindRuns(hits);
        if (_starts.Count <= 2)
            return;
        if (_room.Length < hits.Length)
            _room = new Hit[Math.Max(hits.Length, 2 * _room.Length)];
        Span<Hit> from = hits, to = _room.AsSpan(0, hits.Length);
        bool isInRoom = false;
        for (; _starts.Count > 2; isInRoom = !isInRoom)
        {
            MergePairs(from, to);
            Span<Hit> merged = to;
            to = from;
            from = merged;
        }

        if (isInRoom)
            from.CopyTo(hits);
    }

    /// <summary>Where each ascending run starts, and behind them the end.</summary>
    private void FindRuns(ReadOnlySpan<Hit> hits)
    {
        _starts.Clear();
        _starts.Add(0);
        for (int i = 1; i < hits.Length; i++)
        {
            if (IsBefore(hits[i], hits[i - 1]))
                _starts.Add(i);
        }

        _starts.Add(hits.Length);
    }

    /// <summary>Makes one run of each two neighbours; the last one may have none.</summary>
    private void MergePairs(ReadOnlySpan<Hit> from, Span<Hit> to)
    {
        int runs = _starts.Count - 1, kept = 0;
        Span<int> starts = CollectionsMarshal.AsSpan(_starts);
        for (int run = 0; run < runs; run += 2)
        {
            int start = starts[run], middle = starts[run + 1], end = run + 2 <= runs ? starts[run + 2] : middle;
            Merge(from[start..middle], from[middle..end], to[start..end]);
            starts[kept++] = start;
        }

        starts[kept++] = from.Length;
        _starts.RemoveRange(kept, _starts.Count - kept);
    }

    private static void Merge(ReadOnlySpan<Hit> left, ReadOnlySpan<Hit> right, Span<Hit> to)
    {
        int l = 0, r = 0, at = 0;
        while (l < left.Length && r < right.Length)
            to[at++] = IsBefore(right[r], left[l]) ? right[r++] : left[l++];
        left[l..].CopyTo(to[at..]);
        right[r..].CopyTo(to[(at + left.Length - l)..]);
    }

    private static bool IsBefore(in Hit a, in Hit b) =>
        a.Time != b.Time ? a.Time < b.Time
        : a.Cpu != b.Cpu ? a.Cpu < b.Cpu
        : a.Event != b.Event ? a.Event < b.Event
        : a.Context != b.Context ? a.Context < b.Context : a.Stack < b.Stack;
}
