using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>The hits of a segment, counted by place in the graph and stack.</summary>
/// <param name="Pairs">Hits of each place and stack.</param>
/// <param name="Events">Hits of each event, by id.</param>
/// <param name="Hits">All together.</param>
/// <param name="First">CLOCK_MONOTONIC ns of the earliest hit, where hits were counted with their times.</param>
/// <param name="Last">The same of the latest.</param>
internal sealed record SegmentCounts(PairCounts Pairs, IReadOnlyDictionary<int, long> Events, long Hits, ulong First, ulong Last)
{
    /// <summary>More would take memory for each and hardly be faster: a file comes from one disk.</summary>
    private const int MostWorkers = 16;

    /// <summary>Blocks below which starting a thread takes longer than it saves.</summary>
    private const int BlocksPerWorker = 4;

    /// <summary>Counts every hit that can be read. Each worker takes the next block that none has taken yet, and counts for itself.</summary>
    /// <param name="filter">Which hits count; null for all.</param>
    /// <param name="workers">Threads; 0 for as many as there are processors. The result is the same.</param>
    /// <param name="from">Blocks before this offset of the file are left out.</param>
    /// <param name="withTimes">Whether somebody wants to know when the first hit was, and the last.</param>
    /// <param name="slots">Makes what counts the hits of one worker by their times; null where nobody asks for that.</param>
    public static SegmentCounts Of(
        TraceReader trace, PlacesInGraph places, SegmentFilter? filter = null, int workers = 0, long from = 0, bool withTimes = false,
        Func<SlotCounter>? slots = null)
    {
        int most = workers == 0 ? Math.Min(Environment.ProcessorCount, MostWorkers) : workers;
        var counters = new HitCounter[Math.Clamp((trace.HitBlocks.Count + BlocksPerWorker - 1) / BlocksPerWorker, 1, most)];
        int next = -1;
        Exception? failure = null;
        for (int i = 0; i < counters.Length; i++)
            counters[i] = new HitCounter(places, filter, slots?.Invoke());
        Thread[] threads = [.. counters.Skip(1).Select(counter => new Thread(() => Try(counter)))];
        foreach (Thread thread in threads)
            thread.Start();
        Try(counters[0]);
        foreach (Thread thread in threads)
            thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
        return Sum(counters);

        // Names may be made on any thread, and more of them than there is room for: who asked must hear of it.
        void Try(HitCounter counter)
        {
            try
            {
                Work(counter);
            }
#pragma warning disable CA1031 // It is thrown again.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, error, null);
            }
        }

        void Work(HitCounter counter)
        {
            using var block = new HitBlockReader();
            for (int i; (i = Interlocked.Increment(ref next)) < trace.HitBlocks.Count;)
            {
                HitBlockPlace place = trace.HitBlocks[i];
                if (place.Offset >= from && filter?.MayWant(place.Header) is not false
                    && trace.TryReadHits(place, block, withTimes || slots is not null || filter is { NeedsTimes: true }))
                    counter.Add(block);
            }

            counter.End();
        }
    }

    private static SegmentCounts Sum(HitCounter[] counters)
    {
        HitCounter first = counters[0];
        long hits = first.Hits;
        foreach (HitCounter other in counters.AsSpan(1))
        {
            first.Pairs.Add(other.Pairs);
            hits += other.Hits;
            foreach ((int of, long count) in other.Events)
                CollectionsMarshal.GetValueRefOrAddDefault(first.Events, of, out _) += count;
        }

        return new SegmentCounts(first.Pairs, first.Events, hits, counters.Min(counter => counter.Times.First), counters.Max(counter => counter.Times.Last));
    }
}
