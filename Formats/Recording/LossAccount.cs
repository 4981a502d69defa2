using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>Counts what is missing from the trace, and leaves each loss in it with its place and time.</summary>
internal sealed class LossAccount(DefinitionWriter definitions, int eventId)
{
    /// <summary>Hits that the kernel had and the recorder never got.</summary>
    public ulong Hits { get; private set; }

    /// <summary>Hits that are missing since the current segment of the trace began.</summary>
    public ulong SegmentHits { get; private set; }

    /// <summary>Hits of removed segments that the current one tells of.</summary>
    public ulong SegmentRemoved { get; private set; }

    /// <summary>Times that the kernel throttled the event.</summary>
    public ulong Throttled { get; private set; }

    /// <summary>Side-band records that could not be decoded or were lost: names may be stale after one.</summary>
    public ulong SideBand { get; set; }

    /// <summary>
    /// Hits that the kernel counted as lost itself, as perf wrote down when it ended. Those that rings told of are among them.
    /// </summary>
    public ulong Counted { get; set; }

    /// <param name="ofEvent">0 for the recording's own event.</param>
    public void Add(ulong time, int cpu, LossReason reason, ulong count, int ofEvent = 0)
    {
        Hits += count;
        SegmentHits += count;
        if (reason == LossReason.Throttled)
            Throttled++;
        Write(time, cpu, reason, count, ofEvent);
    }

    /// <summary>An earlier segment was removed; what it knew of losses is told here.</summary>
    public void Removed(ulong time, in EndedSegment segment)
    {
        ulong removed = segment.Hits + segment.Removed;
        SegmentRemoved += removed;
        SegmentHits += segment.Lost;
        if (removed > 0)
            Write(time, 0, LossReason.SpoolFull, removed);
        if (segment.Lost > 0)
            Write(time, 0, LossReason.RingFull, segment.Lost);
    }

    public void BeginSegment() => SegmentHits = SegmentRemoved = 0;

    /// <summary>
    /// The kernel's own count at the end of the recording: a ring tells of a loss only with the next record that fits, so
    /// what was lost last is known only from here.
    /// </summary>
    public void Settle(ulong time, ulong counted)
    {
        if (counted > Hits)
            Add(time, 0, LossReason.RingFull, counted - Hits);
    }

    private void Write(ulong time, int cpu, LossReason reason, ulong count, int ofEvent = 0) =>
        definitions.Loss(new LossRow(time, (uint)Math.Max(cpu, 0), ofEvent == 0 ? eventId : ofEvent, reason, count));
}
