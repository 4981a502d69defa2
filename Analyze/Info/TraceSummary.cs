using System.Runtime.InteropServices;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>
/// What was counted in the segments of a trace. What can be told to be the same in two of them (threads, processes,
/// cgroups, CPUs) counts once; stacks and frames have ids of their segment's only and count in each.
/// </summary>
public sealed class TraceSummary
{
    private readonly HashSet<uint> _threads = [];
    private readonly HashSet<uint> _processes = [];
    private readonly NameTable _cgroups = new();
    private readonly HashSet<int> _cpus = [];

    public int Segments { get; private set; }

    /// <summary>Hits that can be read.</summary>
    public ulong Hits { get; private set; }

    /// <summary>Hits that were written: by the totals where there are any, otherwise those that can be read.</summary>
    public ulong Written { get; private set; }

    /// <summary>Hits that the totals know of and that cannot be read.</summary>
    public ulong Damaged { get; private set; }

    public ulong Filtered { get; private set; }

    public LossCount Losses { get; } = new();

    /// <summary>Hits of each event.</summary>
    public EventHits Events { get; } = new();

    public RecordedSpan Span { get; } = new();

    public int Threads => _threads.Count;

    public int Processes => _processes.Count;

    public int Cgroups => _cgroups.Count;

    public int Cpus => _cpus.Count;

    /// <summary>Distinct stacks among the hits.</summary>
    public long Stacks { get; private set; }

    public long Frames { get; private set; }

    /// <summary>Stacks that were cut at the kernel's depth limit.</summary>
    public long Truncated { get; private set; }

    /// <summary>How complete the hits' user stacks are.</summary>
    public UserStackEnds UserStacks { get; } = new();

    /// <summary>Hits whose stack or context a damaged block took away.</summary>
    public ulong Undefined { get; private set; }

    /// <summary>Counts a segment in; what of its hits is damaged is then in its <see cref="TraceReader.Damage"/>.</summary>
    public void Add(TraceReader segment)
    {
        Segments++;
        ulong before = Hits;
        (ulong first, ulong last) = AddHits(segment);
        ulong read = Hits - before;
        ulong written = segment.End.GetValueOrDefault(EndCounter.Hits, read);
        Written += written;
        Damaged += written > read ? written - read : 0;
        Filtered += segment.End.GetValueOrDefault(EndCounter.Filtered);
        Losses.Add(segment);
        Frames += segment.Definitions[TableId.Frames].Defined;
        if (read > 0 || segment.IsComplete)
            Span.Add(segment, first, last);
        LoadedTable stacks = segment.Definitions[TableId.Stacks];
        for (int id = 1; id < stacks.Count; id++)
            Truncated += IsCutByKernel(segment.Definitions.Stack(id).Flags) ? 1 : 0;
    }

    /// <summary>CLOCK_MONOTONIC ns of the first and the last hit; both 0 without hits.</summary>
    private (ulong First, ulong Last) AddHits(TraceReader segment)
    {
        TraceDefinitions definitions = segment.Definitions;
        var contexts = new HashSet<int>();
        var stacks = new Dictionary<int, long>();
        long[] counts = [];
        var events = new Dictionary<int, long>();
        ulong hits = 0, first = ulong.MaxValue, last = 0;
        using var block = new HitBlockReader();
        foreach (HitBlockPlace place in segment.HitBlocks)
        {
            if (!segment.TryReadHits(place, block, withTimes: true))
                continue;
            hits += (ulong)block.Count;
            foreach (HitRun run in block.Runs)
            {
                _cpus.Add(run.Cpu);
                CollectionsMarshal.GetValueRefOrAddDefault(events, run.Event, out _) += run.Count;
                if (run.Count == 0)
                    continue;
                first = Math.Min(first, run.FirstTime);
                last = Math.Max(last, block.Times[run.First + run.Count - 1]);
            }

            bool allDefined = true;
            if (counts.Length < block.StackIds.Length)
                counts = new long[block.StackIds.Length];
            foreach (int stackPlace in block.Places)
                counts[stackPlace]++;
            for (int i = 0; i < block.StackIds.Length; i++)
            {
                int stack = block.StackIds[i];
                CollectionsMarshal.GetValueRefOrAddDefault(stacks, stack, out _) += counts[i];
                counts[i] = 0;
                allDefined &= definitions[TableId.Stacks].IsDefined(stack);
            }

            foreach (ContextRun run in block.Contexts)
            {
                contexts.Add(run.Context);
                allDefined &= definitions[TableId.Contexts].IsDefined(run.Context);
            }

            if (!allDefined)
                Undefined += CountUndefined(block, definitions);
        }

        Events.Add(definitions, events);
        foreach (int context in contexts)
            AddContext(definitions, definitions.Context(context));
        Hits += hits;
        Stacks += stacks.Count;
        UserStacks.Add(definitions, stacks);
        return (hits == 0 ? 0 : first, last);
    }

    private static bool IsCutByKernel(StackFlags flags) => flags.HasFlag(StackFlags.KernelTruncated)
        || (flags.HasFlag(StackFlags.UserTruncated) && !flags.HasFlag(StackFlags.UserUnwound));

    private void AddContext(TraceDefinitions definitions, ContextRow context)
    {
        _threads.Add(context.Tid);
        _processes.Add(definitions.Process(context.Process).Pid);
        _cgroups.Intern(definitions.String(definitions.Cgroup(context.Cgroup).Path));
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
