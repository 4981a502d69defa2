using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Recording;

/// <summary>Counts what is missing from the trace, and leaves each loss in it with its place and time.</summary>
internal sealed class LossAccount(DefinitionWriter definitions, int eventId)
{
    /// <summary>Hits known to be missing.</summary>
    public ulong Hits { get; private set; }

    /// <summary>Times that the kernel throttled the event.</summary>
    public ulong Throttled { get; private set; }

    /// <summary>Side-band records that could not be decoded or were lost: names may be stale after one.</summary>
    public ulong SideBand { get; set; }

    public void Add(ulong time, int cpu, LossReason reason, ulong count)
    {
        Hits += count;
        if (reason == LossReason.Throttled)
            Throttled++;
        definitions.Loss(new LossRow(time, (uint)Math.Max(cpu, 0), eventId, reason, count));
    }

    /// <summary>
    /// The kernel's own count at the end of the recording: a ring tells of a loss only with the next record that fits, so
    /// what was lost last is known only from here.
    /// </summary>
    public void Settle(ulong time, ulong counted)
    {
        if (counted > Hits)
            Add(time, 0, LossReason.RingFull, counted - Hits);
    }
}
