using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>The nodes of a <see cref="FlameTree"/> that a segment's stacks grow from.</summary>
internal sealed class RootsInTree(TraceDefinitions definitions, FlameTree tree, StackRoots roots)
{
    private readonly FrameNames _names = new(tree.Names);
    private readonly Dictionary<int, int> _nodes = [];

    /// <param name="place">A context, or a CPU where there is a root for each.</param>
    public int Node(int place)
    {
        if (_nodes.TryGetValue(place, out int node))
            return node;
        ContextRow row = roots == StackRoots.Cpu ? default : definitions.Context(place);
        node = roots switch
        {
            StackRoots.Ancestry => Thread(row),
            StackRoots.Thread => Child(_names.Thread(definitions.String(row.Comm), row.Tid)),
            StackRoots.Process => Child(_names.Process(definitions.String(definitions.Process(row.Process).Comm), definitions.Process(row.Process).Pid)),
            StackRoots.Cpu => Child(_names.Cpu(place)),
            StackRoots.Cgroup => Child(_names.Cgroup(definitions.String(definitions.Cgroup(row.Cgroup).Path))),
            _ => FlameTree.Root,
        };
        _nodes.Add(place, node);
        return node;
    }

    /// <summary>Where the hits of a stack without frames are counted: nothing can be counted at the root itself.</summary>
    public int NoStack(int node) => node == FlameTree.Root ? Child(_names.NoStack) : node;

    private int Child(FrameName name) => tree.Child(FlameTree.Root, name.Name, name.Kind);

    private int Thread(in ContextRow row)
    {
        int node = Child(_names.Cgroup(CgroupName.Of(definitions.String(definitions.Cgroup(row.Cgroup).Path))));
        Span<int> chain = new int[TraceLimits.ChainDepth];
        int length = 0;
        for (int process = row.Process; process != 0 && length < chain.Length; process = definitions.Process(process).Parent)
            chain[length++] = process;
        while (--length >= 0)
        {
            FrameName name = _names.Process(definitions.String(definitions.Process(chain[length]).Comm));
            node = tree.Child(node, name.Name, name.Kind);
        }

        FrameName thread = _names.Thread(definitions.String(row.Comm));
        return tree.Child(node, thread.Name, thread.Kind);
    }
}
