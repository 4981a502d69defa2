using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Filters;

/// <summary>Hits of a block in a row that have one CPU, event and context.</summary>
/// <param name="Run">Which of the block's runs they belong to.</param>
/// <param name="First">The first hit, by its place in the block.</param>
/// <param name="End">The one behind the last.</param>
internal readonly record struct HitSlice(int Run, int Context, int First, int End);

/// <summary>
/// Cuts a block into slices and gives those that a filter wants by all but their stacks, which each hit has its own. Their order
/// is that of the block.
/// </summary>
/// <param name="filter">Null gives every slice.</param>
internal ref struct HitSlices(HitBlockReader block, SegmentFilter? filter)
{
    private readonly ReadOnlySpan<HitRun> _runs = block.Runs;
    private readonly ReadOnlySpan<ContextRun> _contexts = block.Contexts;
    private int _run;
    private int _context;
    private int _next;
    private int _contextEnd;
    private HitSlice _slice;
    private int _interval;
    private int _endInterval;

    public bool TryRead(out HitSlice slice)
    {
        while (true)
        {
            while (_interval < _endInterval)
            {
                slice = Within(filter!.Times[_interval++]);
                if (slice.First < slice.End)
                    return true;
            }

            if (!TryCut(out slice))
                return false;
            if (filter is null)
                return true;
            if (!filter.Wants(_runs[slice.Run]) || !filter.WantsContext(slice.Context))
                continue;
            if (!filter.NeedsTimes)
                return true;
            _slice = slice;
            (_interval, _endInterval) = filter.Overlapping(block.Times[slice.First], block.Times[slice.End - 1]);
        }
    }

    private bool TryCut(out HitSlice slice)
    {
        slice = default;
        if (_next >= block.Count)
            return false;
        while (_next >= _runs[_run].First + _runs[_run].Count)
            _run++;
        while (_next >= _contextEnd)
            _contextEnd += _contexts[_context++].Count;
        int end = Math.Min(_contextEnd, _runs[_run].First + _runs[_run].Count);
        slice = new HitSlice(_run, _contexts[_context - 1].Context, _next, end);
        _next = end;
        return true;
    }

    /// <summary>The part of the slice between two moments: within a run hits are in time order.</summary>
    private readonly HitSlice Within((ulong From, ulong To) interval)
    {
        ReadOnlySpan<ulong> times = block.Times[_slice.First.._slice.End];
        return _slice with
        {
            First = _slice.First + Earlier(times, interval.From),
            End = interval.To == ulong.MaxValue ? _slice.End : _slice.First + Earlier(times, interval.To + 1),
        };
    }

    /// <summary>How many of ascending times lie before a moment.</summary>
    private static int Earlier(ReadOnlySpan<ulong> times, ulong moment)
    {
        int low = 0, high = times.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (times[middle] < moment)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
