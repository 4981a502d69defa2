using System.Text;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Filters;

/// <summary>
/// <see cref="HitFilters"/> decided for one segment: once for each of its contexts, stacks and events, so that a hit costs a look
/// into a table. Safe for several threads.
/// </summary>
public sealed class SegmentFilter
{
    private readonly bool[]? _events;
    private readonly bool[]? _contexts;
    private readonly bool[]? _stacks;
    private readonly CpuRanges? _cpus;
    private readonly WantedTimes? _times;

    private SegmentFilter(bool[]? events, bool[]? contexts, bool[]? stacks, CpuRanges? cpus, WantedTimes? times)
    {
        _events = events;
        _contexts = contexts;
        _stacks = stacks;
        _cpus = cpus;
        _times = times;
    }

    /// <summary>Null where every hit is wanted.</summary>
    /// <param name="events">Which events, by id; null for all.</param>
    /// <param name="firstHit">Wall-clock time of the file's first hit, µs since 1970.</param>
    public static SegmentFilter? Of(TraceDefinitions definitions, HitFilters filters, bool[]? events = null, ulong firstHit = 0)
    {
        bool[]? contexts = filters.HasContexts ? WantedContexts(definitions, filters) : null;
        bool[]? stacks = filters.Frames is { } frames ? new StackMarks(definitions, frames).WantedStacks() : null;
        WantedTimes? times = !filters.HasTimes ? null : new WantedTimes(
            new WallClock(definitions), filters.From?.At(firstHit) ?? 0, filters.To?.At(firstHit) ?? ulong.MaxValue);
        return events is null && contexts is null && stacks is null && times is null && filters.Cpus is null
            ? null : new SegmentFilter(events, contexts, stacks, filters.Cpus, times);
    }

    /// <summary>True where a hit's time decides: blocks must then be decoded with theirs.</summary>
    public bool NeedsTimes => _times is not null;

    /// <summary>True where a hit's stack decides.</summary>
    public bool NeedsStacks => _stacks is not null;

    /// <summary>Ranges of CLOCK_MONOTONIC that count, ascending; empty where <see cref="NeedsTimes"/> is false.</summary>
    internal IReadOnlyList<(ulong From, ulong To)> Times => _times?.Intervals ?? [];

    /// <summary>Which of <see cref="Times"/> overlap with a range: from the first to the one before the second.</summary>
    internal (int First, int End) Overlapping(ulong from, ulong to) => _times!.Overlapping(from, to);

    /// <summary>False for a block none of whose hits can be wanted, by its header alone.</summary>
    public bool MayWant(in BlockHeader block) => _times is null || (_times.Intervals.Count > 0 && block.FirstTime <= _times.Last);

    /// <summary>Whether hits of this event and CPU are wanted.</summary>
    public bool Wants(in HitRun run) =>
        (_events is null || ((uint)run.Event < (uint)_events.Length && _events[run.Event])) && (_cpus is null || _cpus.Contains(run.Cpu));

    /// <summary>Whether the hits of a context are wanted; one that the trace does not define is that of an empty row.</summary>
    public bool WantsContext(int context) => _contexts is null || _contexts[(uint)context < (uint)_contexts.Length ? context : 0];

    /// <summary>Whether the hits of a stack are wanted.</summary>
    public bool WantsStack(int stack) => _stacks is null || _stacks[(uint)stack < (uint)_stacks.Length ? stack : 0];

    private static bool[] WantedContexts(TraceDefinitions definitions, HitFilters filters)
    {
        byte[][] comms = [.. filters.Comms.Select(CommName)];
        bool[] processes = new bool[definitions[TableId.Processes].Count];
        for (int id = 0; id < processes.Length; id++)
        {
            ProcessRow row = definitions.Process(id);
            processes[id] = (filters.Tgids.Count == 0 || (id != 0 && filters.Tgids.Contains(row.Pid)))
                && (comms.Length == 0 || (id != 0 && IsAnyOf(Shown(definitions.String(row.Comm)), comms)));
        }

        bool[] cgroups = new bool[definitions[TableId.Cgroups].Count];
        for (int id = 0; id < cgroups.Length; id++)
            cgroups[id] = IsAnyOf(definitions.String(definitions.Cgroup(id).Path), filters.Cgroups);
        bool[] wanted = new bool[definitions[TableId.Contexts].Count];
        for (int id = 0; id < wanted.Length; id++)
        {
            ContextRow row = definitions.Context(id);
            wanted[id] = At(processes, row.Process) && At(cgroups, row.Cgroup)
                && (filters.Pids.Count == 0 || (id != 0 && filters.Pids.Contains(row.Tid)));
        }

        return wanted;

        // As a report prints a process without a name.
        static ReadOnlySpan<byte> Shown(ReadOnlySpan<byte> comm) => comm.IsEmpty ? "UNKNOWN"u8 : comm;

        static bool At(bool[] table, int id) => table[(uint)id < (uint)table.Length ? id : 0];
    }

    /// <summary>A process's name as the kernel keeps it: of a longer one no more, unless it is longer for being printed with escapes.</summary>
    internal static byte[] CommName(string given)
    {
        const int most = 15;
        byte[] name = Encoding.UTF8.GetBytes(given);
        return name.Length <= most || given.Contains('\\', StringComparison.Ordinal) ? name : name[..most];
    }

    internal static bool IsAnyOf(ReadOnlySpan<byte> name, byte[][] given)
    {
        foreach (byte[] one in given)
        {
            if (Printed.Same(name, one))
                return true;
        }

        return false;
    }

    internal static bool IsAnyOf(ReadOnlySpan<byte> path, IReadOnlyList<CgroupPattern> given)
    {
        foreach (CgroupPattern one in given)
        {
            if (one.Matches(path))
                return true;
        }

        return given.Count == 0;
    }
}
