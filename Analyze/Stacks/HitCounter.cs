using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Counts the hits of blocks by place in the graph and stack. Within a block the hits of one place are counted together, in
/// an array over the block's own stacks that stays in the processor's cache; only the sums go into the large table.
/// </summary>
/// <param name="filter">Which hits count; null for all.</param>
/// <param name="slots">Told when they were; null where nobody asks. Blocks are decoded with times for it.</param>
internal sealed class HitCounter(PlacesInGraph places, SegmentFilter? filter = null, SlotCounter? slots = null)
{
    private readonly KeyedPlaces? _keys = places.Roots == StackRoots.Cpu || slots is not null ? new() : null;
    private readonly List<int> _seen = [];
    private int[] _lastRuns = new int[places.Count];
    private (int First, int End, int Before)[] _runs = [];
    private int[] _counts = [];
    private int[] _counted = [];

    /// <summary>Hits by place, which is a CPU where stacks grow from those, and stack.</summary>
    public PairCounts Pairs { get; } = new();

    public long Hits { get; private set; }

    /// <summary>There is no further block.</summary>
    public void End() => slots?.End();

    /// <summary>CLOCK_MONOTONIC ns of the earliest hit, and of the latest; the first is the greater where none was decoded with its time.</summary>
    public (ulong First, ulong Last) Times { get; private set; } = (ulong.MaxValue, 0);

    /// <summary>Hits by event.</summary>
    public Dictionary<int, long> Events { get; } = [];

    public void Add(HitBlockReader block)
    {
        if (_counts.Length < block.StackIds.Length)
        {
            _counts = new int[block.StackIds.Length];
            _counted = new int[block.StackIds.Length + 1];
        }

        // Runs of one context and those of one event cut each other; times cut them into still more parts.
        int most = filter is { NeedsTimes: true } || slots is not null ? block.Count : block.Contexts.Length + block.Runs.Length;
        if (_runs.Length <= most)
            _runs = new (int, int, int)[most + 1];
        _seen.Clear();
        _keys?.Clear();
        if (filter is null && _keys is null)
            LinkRuns(block);
        else
            LinkSlices(block);
        foreach (int seen in _seen)
        {
            int counted = 0;
            for (int run = _lastRuns[seen]; run != 0; run = _runs[run].Before)
                counted = Count(block.Places[_runs[run].First.._runs[run].End], counted);
            _lastRuns[seen] = 0;
            if (filter is { NeedsStacks: true })
                counted = Unwanted(block.StackIds, counted);
            (int place, ulong time) = _keys?[seen] ?? (seen, 0);
            Pairs.Add(place, block.StackIds, _counted.AsSpan(0, counted), _counts);
            slots?.Add(place, time, block.StackIds, _counted.AsSpan(0, counted), _counts);
            foreach (int stack in _counted.AsSpan(0, counted))
                _counts[stack] = 0;
        }

        slots?.EndBlock();
    }

    /// <summary>Chains the runs of each place together, from its last one back; they count from 1.</summary>
    private void LinkRuns(HitBlockReader block)
    {
        foreach (HitRun run in block.Runs)
        {
            Count(run.Event, run.Count);
            Meet(block, run.First, run.First + run.Count);
        }

        int first = 0, linked = 0;
        foreach (ContextRun context in block.Contexts)
        {
            int end = first + context.Count;
            Link(places.Of(context.Context), first, end, ref linked);
            first = end;
        }
    }

    /// <summary>The same with what a filter wants, with CPUs as places, or by the slots of a timeline.</summary>
    private void LinkSlices(HitBlockReader block)
    {
        int linked = 0;
        var slices = new HitSlices(block, filter);
        while (slices.TryRead(out HitSlice slice))
        {
            if (slots is null)
            {
                LinkSlice(block, slice, ref linked);
                continue;
            }

            for (int first = slice.First, count; first < slice.End; first += count)
            {
                count = slots.InOneSlot(block.Times[first..slice.End]);
                LinkSlice(block, slice with { First = first, End = first + count }, ref linked);
            }
        }
    }

    private void LinkSlice(HitBlockReader block, HitSlice slice, ref int linked)
    {
        int hits = slice.End - slice.First;
        if (filter is { NeedsStacks: true })
        {
            foreach (int stack in block.Places[slice.First..slice.End])
                hits -= filter.WantsStack(block.StackIds[stack]) ? 0 : 1;
        }

        if (hits == 0)
            return;
        HitRun run = block.Runs[slice.Run];
        Count(run.Event, hits);
        Meet(block, slice.First, slice.End);
        int place = places.Roots == StackRoots.Cpu ? run.Cpu : places.Of(slice.Context);
        if (_keys is not null)
        {
            ulong time = slots?.Time(block.Times[slice.First]) ?? 0;
            place = _keys.Key(slots?.SlotOf(time) ?? 0, place, time);
        }

        if (place >= _lastRuns.Length)
            Array.Resize(ref _lastRuns, Math.Max(place + 1, 2 * _lastRuns.Length));
        Link(place, slice.First, slice.End, ref linked);
    }

    /// <summary>Takes the times of a part of a run, in which hits follow each other; one of them at least is wanted.</summary>
    private void Meet(HitBlockReader block, int first, int end)
    {
        if (block.Times.IsEmpty)
            return;
        if (filter is { NeedsStacks: true })
        {
            while (!filter.WantsStack(block.Stack(first)))
                first++;
            while (!filter.WantsStack(block.Stack(end - 1)))
                end--;
        }

        Times = (Math.Min(Times.First, block.Times[first]), Math.Max(Times.Last, block.Times[end - 1]));
        slots?.Meet(block.Times[first], block.Times[end - 1]);
    }

    private void Count(int of, int hits)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(Events, of, out _) += hits;
        Hits += hits;
    }

    /// <summary>Takes the stacks that are not wanted out of the list of those that were counted; returns how many are left.</summary>
    private int Unwanted(ReadOnlySpan<int> stackIds, int counted)
    {
        int kept = 0;
        foreach (int stack in _counted.AsSpan(0, counted))
        {
            if (filter!.WantsStack(stackIds[stack]))
                _counted[kept++] = stack;
            else
                _counts[stack] = 0;
        }

        return kept;
    }

    private void Link(int place, int first, int end, ref int linked)
    {
        ref int last = ref _lastRuns[place];
        if (last == 0)
            _seen.Add(place);
        _runs[++linked] = (first, end, last);
        last = linked;
    }

    /// <summary>Counts hits by stack; a stack that had none goes into the list of those that have some.</summary>
    private int Count(ReadOnlySpan<int> stacks, int counted)
    {
        // The reader has checked that each stack is one of the block's, so neither array is left. A stack is always written
        // behind the list and stays there when it is new: which ones are new cannot be predicted, and a wrong guess costs
        // more than all the rest.
        ref int counts = ref MemoryMarshal.GetArrayDataReference(_counts);
        ref int list = ref MemoryMarshal.GetArrayDataReference(_counted);
        foreach (int stack in stacks)
        {
            ref int count = ref Unsafe.Add(ref counts, stack);
            Unsafe.Add(ref list, counted) = stack;
            counted += count == 0 ? 1 : 0;
            count++;
        }

        return counted;
    }
}
