using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Counts the hits of blocks by place in the graph and stack. Within a block the hits of one place are counted together, in
/// an array over the block's own stacks that stays in the processor's cache; only the sums go into the large table.
/// </summary>
/// <param name="wanted">Which events count, by id; null for all.</param>
internal sealed class HitCounter(PlacesInGraph places, bool[]? wanted = null)
{
    private readonly int[] _lastRuns = new int[Math.Max(1, places.Count)];
    private readonly List<int> _seen = [];
    private (int First, int End, int Before)[] _runs = [];
    private int[] _counts = [];
    private int[] _counted = [];

    public PairCounts Pairs { get; } = new();

    public long Hits { get; private set; }

    /// <summary>Hits by event.</summary>
    public Dictionary<int, long> Events { get; } = [];

    public void Add(HitBlockReader block)
    {
        foreach (HitRun run in block.Runs)
        {
            if (!Wants(run.Event))
                continue;
            CollectionsMarshal.GetValueRefOrAddDefault(Events, run.Event, out _) += run.Count;
            Hits += run.Count;
        }

        if (_counts.Length < block.StackIds.Length)
        {
            _counts = new int[block.StackIds.Length];
            _counted = new int[block.StackIds.Length + 1];
        }

        LinkRuns(block);
        foreach (int place in _seen)
        {
            int counted = 0;
            for (int run = _lastRuns[place]; run != 0; run = _runs[run].Before)
                counted = Count(block.Places[_runs[run].First.._runs[run].End], counted);
            _lastRuns[place] = 0;
            Pairs.Add(place, block.StackIds, _counted.AsSpan(0, counted), _counts);
            foreach (int stack in _counted.AsSpan(0, counted))
                _counts[stack] = 0;
        }
    }

    /// <summary>Chains the runs of each place together, from its last one back; they count from 1.</summary>
    private void LinkRuns(HitBlockReader block)
    {
        ReadOnlySpan<ContextRun> contexts = block.Contexts;
        ReadOnlySpan<HitRun> runs = block.Runs;
        // Runs of one context and those of one event cut each other.
        if (_runs.Length <= contexts.Length + runs.Length)
            _runs = new (int, int, int)[contexts.Length + runs.Length + 1];
        _seen.Clear();
        int first = 0, linked = 0, run = 0;
        foreach (ContextRun context in contexts)
        {
            int end = first + context.Count, place = places.Of(context.Context);
            if (wanted is null)
            {
                Link(place, first, end, ref linked);
                first = end;
            }

            while (first < end)
            {
                int runEnd = runs[run].First + runs[run].Count;
                int until = Math.Min(end, runEnd);
                if (Wants(runs[run].Event))
                    Link(place, first, until, ref linked);
                first = until;
                if (until == runEnd)
                    run++;
            }
        }
    }

    private void Link(int place, int first, int end, ref int linked)
    {
        ref int last = ref _lastRuns[place];
        if (last == 0)
            _seen.Add(place);
        _runs[++linked] = (first, end, last);
        last = linked;
    }

    private bool Wants(int of) => wanted is null || ((uint)of < (uint)wanted.Length && wanted[of]);

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
