using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Hits;

/// <summary>Hits that are known to be missing from one or more segments. Counts that pass 64 bits stay at the most.</summary>
public sealed class LossCount
{
    /// <summary>Hits lost while recording.</summary>
    public ulong Lost { get; private set; }

    /// <summary>Hits that were recorded and then removed, because the spool was full.</summary>
    public ulong Dropped { get; private set; }

    /// <summary>How often the kernel throttled an event.</summary>
    public ulong Throttled { get; private set; }

    public void Add(TraceReader segment)
    {
        ulong lost = 0;
        LoadedTable losses = segment.Definitions[TableId.Losses];
        for (int id = 1; id < losses.Count; id++)
        {
            LossRow row = segment.Definitions.Loss(id);
            if (row.Reason == LossReason.SpoolFull)
                Dropped = Sum(Dropped, row.Count);
            else
                lost = Sum(lost, row.Count);
            Throttled += row.Reason == LossReason.Throttled ? 1u : 0;
        }

        // The totals know of losses that no row tells.
        Lost = Sum(Lost, Math.Max(lost, segment.End.GetValueOrDefault(EndCounter.Lost)));
    }

    private static ulong Sum(ulong a, ulong b) => a + b < a ? ulong.MaxValue : a + b;
}
