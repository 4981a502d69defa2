namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Merged stacks in reading order: a node is followed by its first child's whole subtree, then the next child's.
/// Children lie in the order of their names' bytes, then of their kinds, whatever the order in which hits came, so
/// everything written from here is the same on every machine and run. Node 0 is the root.
/// </summary>
public sealed class MergedStacks
{
    private readonly int[] _nameNumbers;
    private readonly FrameKind[] _kinds;
    private readonly int[] _parents;
    private readonly int[] _depths;
    private readonly int[] _ends;
    private readonly long[] _self;
    private readonly long[] _totals;
    private readonly NodeOrigin[] _origins;
    private readonly int[] _places;

    private MergedStacks(NameTable names, int count)
    {
        Names = names;
        _nameNumbers = new int[count];
        _kinds = new FrameKind[count];
        _parents = new int[count];
        _depths = new int[count];
        _ends = new int[count];
        _self = new long[count];
        _totals = new long[count];
        _origins = new NodeOrigin[count];
        _places = new int[count];
    }

    /// <summary>Where the names' bytes are kept.</summary>
    public NameTable Names { get; }

    /// <summary>How many nodes there are, the root among them.</summary>
    public int Count => _kinds.Length;

    /// <summary>Hits of all stacks together.</summary>
    public long Hits => _totals[FlameTree.Root];

    /// <summary>The node's name; empty for the root.</summary>
    public ReadOnlySpan<byte> Name(int node) => node == FlameTree.Root ? default : Names[_nameNumbers[node]];

    /// <summary>The name's number in <see cref="Names"/>; -1 for the root.</summary>
    public int NameNumber(int node) => _nameNumbers[node];

    /// <summary>Path of the module whose code the node is; empty where it is not told, or not one.</summary>
    public ReadOnlySpan<byte> Module(int node) => ModuleNumber(node) < 0 ? default : Names[ModuleNumber(node)];

    /// <summary>The module's number in <see cref="Names"/>; less than 0 where there is none.</summary>
    public int ModuleNumber(int node) => _origins[node].Module;

    /// <summary>Where a node of the <see cref="FlameTree"/> that was merged has come to.</summary>
    public int Place(int treeNode) => _places[treeNode];

    /// <summary>What the node stands for; without meaning for the root.</summary>
    public FrameKind Kind(int node) => _kinds[node] == FrameKind.User && _origins[node].IsManaged ? FrameKind.Managed : _kinds[node];

    /// <summary>The node's parent, less than the node; -1 for the root.</summary>
    public int Parent(int node) => _parents[node];

    /// <summary>Steps from the root, which has 0.</summary>
    public int Depth(int node) => _depths[node];

    /// <summary>The node after the last of this node's subtree; the node's first child, if any, is the node after it.</summary>
    public int End(int node) => _ends[node];

    /// <summary>Hits whose stack ends here.</summary>
    public long Self(int node) => _self[node];

    /// <summary>Hits whose stack ends here or passes through.</summary>
    public long Total(int node) => _totals[node];

    internal static MergedStacks From(
        NameTable names, ReadOnlySpan<int> parents, ReadOnlySpan<int> nameNumbers, ReadOnlySpan<FrameKind> kinds, ReadOnlySpan<long> self,
        ReadOnlySpan<NodeOrigin> origins)
    {
        var count = parents.Length;
        var order = Children(parents, Keys(names, nameNumbers, kinds), out var starts);

        var merged = new MergedStacks(names, count);
        var pending = new Stack<(int Node, int Parent)>();
        pending.Push((FlameTree.Root, -1));
        for (var next = 0; pending.TryPop(out var taken); next++)
        {
            merged._nameNumbers[next] = nameNumbers[taken.Node];
            merged._kinds[next] = kinds[taken.Node];
            merged._self[next] = self[taken.Node];
            merged._origins[next] = origins[taken.Node];
            merged._places[taken.Node] = next;
            merged._parents[next] = taken.Parent;
            merged._depths[next] = taken.Parent < 0 ? 0 : merged._depths[taken.Parent] + 1;
            for (var child = starts[taken.Node + 1] - 1; child >= starts[taken.Node]; child--)
                pending.Push((order[child], next));
        }

        for (var node = count - 1; node >= 0; node--)
        {
            merged._totals[node] = checked(merged._totals[node] + merged._self[node]);
            merged._ends[node] = Math.Max(merged._ends[node], node + 1);
            if (merged._parents[node] is >= 0 and var parent)
            {
                merged._totals[parent] = checked(merged._totals[parent] + merged._totals[node]);
                merged._ends[parent] = Math.Max(merged._ends[parent], merged._ends[node]);
            }
        }
        return merged;
    }

    /// <summary>One number for each node that sorts as its name's bytes and then its kind.</summary>
    private static long[] Keys(NameTable names, ReadOnlySpan<int> nameNumbers, ReadOnlySpan<FrameKind> kinds)
    {
        var byBytes = new int[names.Count];
        for (var name = 0; name < byBytes.Length; name++)
            byBytes[name] = name;
        byBytes.AsSpan().Sort((left, right) => names[left].SequenceCompareTo(names[right]));
        var ranks = new int[names.Count];
        for (var rank = 0; rank < byBytes.Length; rank++)
            ranks[byBytes[rank]] = rank;

        var keys = new long[nameNumbers.Length];
        for (var node = 1; node < keys.Length; node++)
            keys[node] = (long)ranks[nameNumbers[node]] << 8 | (byte)kinds[node];
        return keys;
    }

    /// <summary>Every node's children together, each family sorted by <paramref name="keys"/>; node n's are at starts[n] to starts[n + 1].</summary>
    private static int[] Children(ReadOnlySpan<int> parents, long[] keys, out int[] starts)
    {
        var count = parents.Length;
        starts = new int[count + 1];
        for (var node = 1; node < count; node++)
            starts[parents[node] + 1]++;
        for (var node = 0; node < count; node++)
            starts[node + 1] += starts[node];

        var children = new int[count - 1];
        var childKeys = new long[count - 1];
        var places = starts.AsSpan(0, count).ToArray();
        for (var node = 1; node < count; node++)
        {
            var place = places[parents[node]]++;
            children[place] = node;
            childKeys[place] = keys[node];
        }
        for (var node = 0; node < count; node++)
            if (starts[node + 1] - starts[node] > 1)
                childKeys.AsSpan(starts[node]..starts[node + 1]).Sort(children.AsSpan(starts[node]..starts[node + 1]));
        return children;
    }
}
