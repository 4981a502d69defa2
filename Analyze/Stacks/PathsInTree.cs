using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>Puts a segment's stacks into a <see cref="FlameTree"/>, user frames under kernel frames, outermost first.</summary>
internal sealed class PathsInTree(TraceDefinitions definitions, FlameTree tree)
{
    private readonly ShownFrames _frames = new(definitions, tree.Names);
    private readonly KnownPaths _paths = new();
    private readonly int[] _path = new int[TraceLimits.StackDepth];

    /// <summary>The node of a stack's leaf.</summary>
    /// <param name="under">The node that the outermost frame hangs from.</param>
    public int Node(int under, int stack)
    {
        StackRow row = definitions.Stack(stack);
        return Append(Append(under, row.User, isKernel: false), row.Kernel, isKernel: true);
    }

    private int Append(int under, int leaf, bool isKernel)
    {
        int count = 0, node = under, depth = 0, at = leaf;
        while (at != 0 && count < _path.Length && !_paths.TryFind(under, at, isKernel, out node, out depth))
        {
            _path[count++] = at;
            at = definitions.Node(at).Parent;
            (node, depth) = (under, 0);
        }

        // Of a stack that is deeper than any is printed the frames nearest to the leaf are shown, as in the report.
        if (depth + count > _path.Length || (at != 0 && depth == 0))
            return AppendDeep(under, leaf, isKernel);
        while (--count >= 0)
        {
            node = Child(node, definitions.Node(_path[count]).Frame, isKernel);
            _paths.Add(under, _path[count], isKernel, node, ++depth);
        }

        return node;
    }

    private int AppendDeep(int node, int leaf, bool isKernel)
    {
        int count = definitions.Frames(leaf, _path);
        for (int i = count - 1; i >= 0; i--)
            node = Child(node, _path[i], isKernel);
        return node;
    }

    private int Child(int under, int frame, bool isKernel)
    {
        FrameName name = _frames.Of(frame, isKernel);
        return tree.Child(under, name.Name, name.Kind);
    }
}
