using System.Runtime.InteropServices;
using Diagnose.Analyze.Filters;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Hits;

/// <summary>One hit, by the ids of the trace's definitions.</summary>
/// <param name="Time">CLOCK_MONOTONIC ns.</param>
public readonly record struct Hit(ulong Time, int Cpu, int Event, int Context, int Stack);

/// <summary>
/// All hits of a segment in time order. Blocks follow each other in time but for hits that reached the recorder late, so a
/// few at the end of a block wait until no later block has an earlier one.
/// </summary>
public sealed class HitStream : IDisposable
{
    /// <summary>Hits that wait at most; only a file that no recorder wrote needs more, and it gets them out of order.</summary>
    private const int MostWaiting = 4 << 16;

    private readonly TraceReader _trace;
    private readonly SegmentFilter? _filter;
    private readonly ulong[] _earliestAfter;
    private readonly HitBlockReader _block = new();
    private readonly HitOrder _order = new();
    private List<Hit> _hits = [];
    private List<Hit> _next = [];
    private int _place;

    /// <param name="filter">Which hits are given; null for all.</param>
    public HitStream(TraceReader trace, SegmentFilter? filter = null)
    {
        _trace = trace;
        _filter = filter;
        _earliestAfter = new ulong[trace.HitBlocks.Count];
        ulong earliest = ulong.MaxValue;
        for (int i = _earliestAfter.Length - 1; i >= 0; i--)
        {
            _earliestAfter[i] = earliest;
            earliest = Math.Min(earliest, trace.HitBlocks[i].Header.FirstTime);
        }
    }

    /// <summary>
    /// The next hits, in time order; empty at the end. Valid until the next call. Damage is left in
    /// <see cref="TraceReader.Damage"/> and passed over.
    /// </summary>
    public ReadOnlySpan<Hit> Read()
    {
        while (_place < _trace.HitBlocks.Count)
        {
            ulong until = _earliestAfter[_place];
            HitBlockPlace place = _trace.HitBlocks[_place++];
            if (_filter?.MayWant(place.Header) is false || !_trace.TryReadHits(place, _block, withTimes: true))
                continue;
            Merge();
            if (_hits.Count >= MostWaiting)
                until = ulong.MaxValue;
            ReadOnlySpan<Hit> hits = CollectionsMarshal.AsSpan(_hits);
            int ready = hits.Length;
            // Hits of one moment stay together, so that their order does not depend on the blocks they came in.
            while (ready > 0 && until != ulong.MaxValue && hits[ready - 1].Time >= until)
                ready--;
            if (ready == 0)
                continue;
            (_hits, _next) = (_next, _hits);
            _hits.Clear();
            _hits.AddRange(hits[ready..]);
            return hits[..ready];
        }

        (_hits, _next) = (_next, _hits);
        _hits.Clear();
        return CollectionsMarshal.AsSpan(_next);
    }

    public void Dispose() => _block.Dispose();

    /// <summary>Adds the block's hits to those that wait and puts all in time order.</summary>
    private void Merge()
    {
        ReadOnlySpan<ulong> times = _block.Times;
        var slices = new HitSlices(_block, _filter);
        while (slices.TryRead(out HitSlice slice))
        {
            HitRun run = _block.Runs[slice.Run];
            for (int hit = slice.First; hit < slice.End; hit++)
            {
                int stack = _block.Stack(hit);
                if (_filter?.WantsStack(stack) is not false)
                    _hits.Add(new Hit(times[hit], run.Cpu, run.Event, slice.Context, stack));
            }
        }

        _order.Sort(CollectionsMarshal.AsSpan(_hits));
    }
}
