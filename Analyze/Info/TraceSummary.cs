using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>What was counted in a whole trace.</summary>
public sealed record TraceSummary
{
    /// <summary>Hits that can be read.</summary>
    public ulong Hits { get; private init; }

    /// <summary>CLOCK_MONOTONIC ns of the first and the last hit; both 0 without hits.</summary>
    public ulong First { get; private init; }

    public ulong Last { get; private init; }

    public int Threads { get; private init; }

    public int Processes { get; private init; }

    public int Cgroups { get; private init; }

    public int Cpus { get; private init; }

    /// <summary>Distinct stacks among the hits.</summary>
    public int Stacks { get; private init; }

    /// <summary>Hits whose stack or context a damaged block took away.</summary>
    public ulong Undefined { get; private init; }

    public static TraceSummary Of(TraceReader trace)
    {
        TraceDefinitions definitions = trace.Definitions;
        var contexts = new HashSet<int>();
        var stacks = new HashSet<int>();
        var cpus = new HashSet<int>();
        ulong hits = 0, first = ulong.MaxValue, last = 0, undefined = 0;
        using var block = new HitBlockReader();
        foreach (HitBlockPlace place in trace.HitBlocks)
        {
            if (!trace.TryReadHits(place, block, withTimes: true))
                continue;
            hits += (ulong)block.Count;
            foreach (HitRun run in block.Runs)
            {
                cpus.Add(run.Cpu);
                if (run.Count == 0)
                    continue;
                first = Math.Min(first, run.FirstTime);
                last = Math.Max(last, block.Times[run.First + run.Count - 1]);
            }

            bool allDefined = true;
            foreach (int stack in block.StackIds)
            {
                stacks.Add(stack);
                allDefined &= definitions[TableId.Stacks].IsDefined(stack);
            }

            foreach (ContextRun run in block.Contexts)
            {
                contexts.Add(run.Context);
                allDefined &= definitions[TableId.Contexts].IsDefined(run.Context);
            }

            if (!allDefined)
                undefined += CountUndefined(block, definitions);
        }

        return new TraceSummary
        {
            Hits = hits,
            First = hits == 0 ? 0 : first,
            Last = last,
            Threads = contexts.Select(c => definitions.Context(c).Tid).Distinct().Count(),
            Processes = contexts.Select(c => definitions.Process(definitions.Context(c).Process).Pid).Distinct().Count(),
            Cgroups = contexts.Select(c => definitions.Cgroup(definitions.Context(c).Cgroup).Path).Distinct().Count(),
            Cpus = cpus.Count,
            Stacks = stacks.Count,
            Undefined = undefined,
        };
    }

    private static ulong CountUndefined(HitBlockReader block, TraceDefinitions definitions)
    {
        ulong undefined = 0;
        int hit = 0;
        foreach (ContextRun run in block.Contexts)
        {
            bool context = definitions[TableId.Contexts].IsDefined(run.Context);
            for (int end = hit + run.Count; hit < end; hit++)
            {
                if (!context || !definitions[TableId.Stacks].IsDefined(block.Stack(hit)))
                    undefined++;
            }
        }

        return undefined;
    }
}
