using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Generate;

/// <summary>
/// Halves of stacks (the kernel's or a program's) in a tree, as call paths are: many leaves, and outer frames that most of
/// them share.
/// </summary>
internal static class MadeHalves
{
    /// <summary>Makes so many different halves; each is the node of its innermost frame.</summary>
    /// <param name="deepest">Frames of the longest path.</param>
    /// <param name="modules">Where the functions are; the first ones more often.</param>
    public static int[] Make(DefinitionWriter definitions, SeededNumbers numbers, int count, int deepest, params MadeModule[] modules)
    {
        var callers = new List<(int Node, int Depth)>();
        var known = new HashSet<int>();
        int[] halves = new int[count];
        for (int made = 0; made < count;)
        {
            // A leaf that was there already means that the callers so far are used up.
            if (made % 4 == 0 || callers.Count == 0)
                Grow();
            int leaf = definitions.Node(new NodeRow(callers[numbers.Below(callers.Count)].Node, Frame(FrameFlags.None)));
            if (known.Add(leaf))
                halves[made++] = leaf;
            else
                Grow();
        }

        return halves;

        void Grow()
        {
            (int node, int depth) = callers.Count == 0 ? default : callers[numbers.Below(callers.Count)];
            int until = Math.Max(depth + 1, 3 + numbers.Below(deepest - 3));
            while (depth < until)
            {
                node = definitions.Node(new NodeRow(node, Frame(FrameFlags.ReturnAddress)));
                callers.Add((node, ++depth));
            }
        }

        int Frame(FrameFlags flags) => modules[numbers.SmallBelow(modules.Length)].Frame(numbers, flags);
    }
}
