using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Diagnose.Analyze.Hits;

/// <summary>Counts of (context, stack) pairs: open addressing, one probe for a pair that was seen before.</summary>
public sealed class PairCounts
{
    // Together, so that a pair is one line of the processor's cache.
    private (ulong Key, long Hits)[] _slots = new (ulong, long)[1 << 12];
    private int _used;

    public int Count => _used;

    public void Add(int context, int stack, long hits) => Add(Key(context, stack), hits);

    /// <summary>Adds the hits of several stacks of one context.</summary>
    /// <param name="places">Which of <paramref name="stacks"/>, each once.</param>
    /// <param name="hits">For each of <paramref name="stacks"/>.</param>
    public unsafe void Add(int context, ReadOnlySpan<int> stacks, ReadOnlySpan<int> places, ReadOnlySpan<int> hits)
    {
        // Each pair lies somewhere else in a table larger than the processor's cache: it is fetched some pairs ahead.
        const int ahead = 8;
        for (int i = 0; i < places.Length; i++)
        {
            if (Sse.IsSupported && i + ahead < places.Length)
            {
                int slot = Slot(Key(context, stacks[places[i + ahead]]), _slots.Length - 1);
                Sse.Prefetch0(Unsafe.AsPointer(ref _slots[slot]));
            }

            Add(Key(context, stacks[places[i]]), hits[places[i]]);
        }
    }

    /// <summary>Adds what another one counted.</summary>
    public void Add(PairCounts other)
    {
        foreach ((ulong key, long hits) in other._slots)
        {
            if (hits != 0)
                Add(key, hits);
        }
    }

    /// <summary>Forgets all and keeps the memory.</summary>
    /// <param name="mostSlots">A table that is larger goes.</param>
    public void Clear(int mostSlots = int.MaxValue)
    {
        if (_slots.Length > mostSlots)
            _slots = new (ulong, long)[mostSlots];
        else
            Array.Clear(_slots);
        _used = 0;
    }

    public IEnumerable<(int Context, int Stack, long Hits)> All()
    {
        foreach ((ulong key, long hits) in _slots)
        {
            if (hits != 0)
                yield return ((int)(key >> 32), (int)(uint)key, hits);
        }
    }

    private static ulong Key(int context, int stack) => ((ulong)(uint)context << 32) | (uint)stack;

    private void Add(ulong key, long hits)
    {
        (ulong Key, long Hits)[] slots = _slots;
        int mask = slots.Length - 1;
        for (int at = Slot(key, mask); ; at = (at + 1) & mask)
        {
            ref (ulong Key, long Hits) slot = ref slots[at];
            if (slot.Hits != 0 && slot.Key != key)
                continue;
            bool isNew = slot.Hits == 0;
            slot.Key = key;
            slot.Hits += hits;
            if (isNew && ++_used * 2 > slots.Length)
                Grow();
            return;
        }
    }

    private void Grow()
    {
        (ulong, long)[] before = _slots;
        _slots = new (ulong, long)[before.Length * 2];
        // Written before it is read: a page that is read first is one shared page of zeros, which the first write replaces, and
        // each replacement interrupts all other processors.
        Array.Clear(_slots);
        _used = 0;
        foreach ((ulong key, long hits) in before)
        {
            if (hits != 0)
                Add(key, hits);
        }
    }

    // The high half of the product is the well mixed one; 32 bits of it serve every size a table can have.
    private static int Slot(ulong key, int mask) => (int)((key * 0x9E3779B97F4A7C15) >> 32) & mask;
}
