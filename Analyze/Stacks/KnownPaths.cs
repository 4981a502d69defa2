namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Where in a <see cref="FlameTree"/> a node of the trace's stacks was put, by what it was put under: stacks share their outer
/// frames, and those need not be looked up one by one again for each.
/// </summary>
internal sealed class KnownPaths
{
    private (ulong Key, int Node, int Depth)[] _slots = new (ulong, int, int)[1 << 12];
    private int _used;

    /// <param name="under">The node of the tree that the outermost frame hangs from.</param>
    /// <param name="isKernel">Which half of a stack it is: each shows its names its own way.</param>
    /// <param name="depth">Frames from there to the node.</param>
    public bool TryFind(int under, int traceNode, bool isKernel, out int node, out int depth)
    {
        ref (ulong Key, int Node, int Depth) slot = ref Slot(Key(under, traceNode, isKernel));
        (node, depth) = (slot.Node, slot.Depth);
        return depth != 0;
    }

    public void Add(int under, int traceNode, bool isKernel, int node, int depth)
    {
        ulong key = Key(under, traceNode, isKernel);
        ref (ulong Key, int Node, int Depth) slot = ref Slot(key);
        if (slot.Depth == 0 && ++_used * 2 > _slots.Length)
        {
            Grow();
            slot = ref Slot(key);
        }

        slot = (key, node, depth);
    }

    // Ids of trace nodes are below 2^31 by far, so that a bit is left for the half.
    private static ulong Key(int under, int traceNode, bool isKernel) =>
        ((ulong)(uint)under << 32) | ((ulong)(uint)traceNode << 1) | (isKernel ? 1UL : 0);

    /// <summary>The key's slot, or the free one where it belongs.</summary>
    private ref (ulong Key, int Node, int Depth) Slot(ulong key)
    {
        (ulong Key, int Node, int Depth)[] slots = _slots;
        int mask = slots.Length - 1;
        for (int at = (int)((key * 0x9E3779B97F4A7C15) >> 32) & mask; ; at = (at + 1) & mask)
        {
            ref (ulong Key, int Node, int Depth) slot = ref slots[at];
            if (slot.Depth == 0 || slot.Key == key)
                return ref slot;
        }
    }

    private void Grow()
    {
        (ulong Key, int Node, int Depth)[] before = _slots;
        _slots = new (ulong, int, int)[before.Length * 2];
        foreach ((ulong Key, int Node, int Depth) slot in before)
        {
            if (slot.Depth != 0)
                Slot(slot.Key) = slot;
        }
    }
}
