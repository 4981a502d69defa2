namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Stacks merged from the root: a node is its path of (name, kind). Nodes are numbers, a child's greater than its
/// parent's, and live in parallel arrays. <see cref="Merge"/> gives them an order that does not depend on the order
/// in which they came.
/// </summary>
public sealed class FlameTree
{
    /// <summary>The node all stacks grow from. It has no name of its own and is not part of any stack.</summary>
    public const int Root = 0;

    private int[] _parents = new int[1024];
    private int[] _names = new int[1024];
    private FrameKind[] _kinds = new FrameKind[1024];
    private long[] _self = new long[1024];
    private NodeOrigin[] _origins = new NodeOrigin[1024];
    private int[] _slots = new int[2048];

    /// <summary>Starts a tree with only the root.</summary>
    /// <param name="names">What the nodes' names are numbers in.</param>
    public FlameTree(NameTable names)
    {
        Names = names;
        _parents[Root] = -1;
        _names[Root] = -1;
        Count = 1;
    }

    /// <summary>What the nodes' names are numbers in.</summary>
    public NameTable Names { get; }

    /// <summary>How many nodes there are, the root among them.</summary>
    public int Count { get; private set; }

    /// <summary>The child of <paramref name="parent"/> with this name and kind, made now if there is none.</summary>
    /// <param name="parent">A node of this tree.</param>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <param name="kind">What the child stands for.</param>
    public int Child(int parent, int name, FrameKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)parent, (uint)Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)name, (uint)Names.Count);
        var mask = _slots.Length - 1;
        var slot = Slot(parent, name, kind, mask);
        while (_slots[slot] is not 0 and var node)
        {
            if (_parents[node] == parent && _names[node] == name && _kinds[node] == kind)
                return node;
            slot = (slot + 1) & mask;
        }
        return AddChild(parent, name, kind, slot);
    }

    /// <summary>Counts <paramref name="hits"/> more hits whose stack ends at <paramref name="node"/>.</summary>
    public void Add(int node, long hits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)node, (uint)Count);
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        _self[node] = checked(_self[node] + hits);
    }

    /// <summary>Tells whose code <paramref name="node"/> is, for every frame that comes to it. What not all agree on is not known.</summary>
    /// <param name="module">A name of <see cref="Names"/>, or less than 0 for none.</param>
    /// <param name="isManaged">Whether a runtime compiled it.</param>
    public void Tell(int node, int module, bool isManaged = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)node, (uint)Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(module, Names.Count);
        _origins[node].Tell(module, isManaged);
    }

    /// <summary>The stacks in reading order, with totals. The tree may grow on afterwards and be merged again.</summary>
    public MergedStacks Merge() => MergedStacks.From(
        Names, _parents.AsSpan(0, Count), _names.AsSpan(0, Count), _kinds.AsSpan(0, Count), _self.AsSpan(0, Count),
        _origins.AsSpan(0, Count));

    private int AddChild(int parent, int name, FrameKind kind, int slot)
    {
        var node = Count;
        if (node == _parents.Length)
        {
            var size = checked(2 * node);
            Array.Resize(ref _parents, size);
            Array.Resize(ref _names, size);
            Array.Resize(ref _kinds, size);
            Array.Resize(ref _self, size);
            Array.Resize(ref _origins, size);
        }
        _parents[node] = parent;
        _names[node] = name;
        _kinds[node] = kind;
        _slots[slot] = node;
        Count = node + 1;
        if (Count > _slots.Length / 2)
            Grow();
        return node;
    }

    private void Grow()
    {
        _slots = new int[2 * _slots.Length];
        var mask = _slots.Length - 1;
        for (var node = 1; node < Count; node++)
        {
            var slot = Slot(_parents[node], _names[node], _kinds[node], mask);
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = node;
        }
    }

    // Parents and names are small numbers we gave ourselves, so mixing them well is enough.
    private static int Slot(int parent, int name, FrameKind kind, int mask)
    {
        var mixed = ((ulong)(uint)parent << 32 | (uint)name) + ((ulong)kind << 29);
        mixed = (mixed ^ mixed >> 31) * 0x9e3779b97f4a7c15;
        mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9;
        return (int)(mixed >> 32) & mask;
    }
}
