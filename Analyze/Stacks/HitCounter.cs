using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Counts the hits of blocks by place in the graph and stack. Within a block the hits of one place are counted together, in
/// an array over the block's own stacks that stays in the processor's cache; only the sums go into the large table.
/// </summary>
internal sealed class HitCounter(PlacesInGraph places)
{
    private readonly int[] _lastRuns = new int[Math.Max(1, places.Count)];
    private readonly List<int> _seen = [];
    private (int First, int End, int Before)[] _runs = [];
    private int[] _counts = [];
    private int[] _counted = [];

    public PairCounts Pairs { get; } = new();

    public long Hits { get; private set; }

    public void Add(HitBlockReader block)
    {
        Hits += block.Count;
        if (_counts.Length < block.StackIds.Length)
        {
            _counts = new int[block.StackIds.Length];
            _counted = new int[block.StackIds.Length + 1];
        }

        LinkRuns(block.Contexts);
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
    private void LinkRuns(ReadOnlySpan<ContextRun> contexts)
    {
        if (_runs.Length <= contexts.Length)
            _runs = new (int, int, int)[contexts.Length + 1];
        _seen.Clear();
        int first = 0;
        for (int i = 0; i < contexts.Length; i++)
        {
            int place = places.Of(contexts[i].Context);
            ref int last = ref _lastRuns[place];
            if (last == 0)
                _seen.Add(place);
            _runs[i + 1] = (first, first += contexts[i].Count, last);
            last = i + 1;
        }
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
