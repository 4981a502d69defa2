using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>One frame's place in the graph. Lengths are hundredths of a pixel, so that equal input gives equal bytes everywhere.</summary>
/// <param name="Node">The frame, a node of the merged stacks.</param>
/// <param name="Left">Distance from the left edge of the root's frame.</param>
/// <param name="Width">Width; a frame's children lie within it exactly.</param>
/// <param name="Depth">Rows above the root's.</param>
/// <param name="Start">Hits to the left of the frame, from its parent's left edge.</param>
public readonly record struct FlameBox(int Node, long Left, long Width, int Depth, long Start);

/// <summary>Where each frame goes: children over their parent, side by side from its left edge, as wide as their hits.</summary>
public sealed class FlameLayout
{
    private readonly List<FlameBox> _boxes = [];

    private FlameLayout(MergedStacks stacks) => Stacks = stacks;

    /// <summary>What is laid out.</summary>
    public MergedStacks Stacks { get; }

    /// <summary>The frames wide enough to draw, a parent before its children and left before right. The first is the root.</summary>
    public IReadOnlyList<FlameBox> Boxes => _boxes;

    /// <summary>How many rows the frames take.</summary>
    public int Rows { get; private set; }

    /// <summary>Lays out all frames at least <paramref name="minimumWidth"/> wide; a frame left out takes its subtree along.</summary>
    /// <param name="stacks">The stacks.</param>
    /// <param name="width">The root's width, hundredths of a pixel.</param>
    /// <param name="minimumWidth">The least width that is kept, hundredths of a pixel; less than 0 keeps frames of no width, too.</param>
    /// <param name="depth">Rows above the root's that are kept.</param>
    public static FlameLayout Of(MergedStacks stacks, long width, long minimumWidth, int depth = int.MaxValue)
    {
        var layout = new FlameLayout(stacks);
        var hits = stacks.Hits;
        // Hits to the left of the next frame of each row.
        var starts = new List<long> { 0 };
        // Hits to the left of the frame that each row's next one stands on.
        var parents = new List<long> { 0 };
        for (var node = 0; node < stacks.Count;)
        {
            var row = stacks.Depth(node);
            var start = starts[row];
            var end = start + stacks.Total(node);
            starts[row] = end;
            var left = Scale(start, hits, width);
            var box = new FlameBox(node, left, Scale(end, hits, width) - left, row, start - parents[row]);
            if (node != FlameTree.Root && (box.Width < minimumWidth || (box.Width == 0 && minimumWidth >= 0) || row > depth))
            {
                node = stacks.End(node);
                continue;
            }
            layout._boxes.Add(box);
            layout.Rows = Math.Max(layout.Rows, row + 1);
            if (starts.Count == row + 1)
            {
                starts.Add(start);
                parents.Add(start);
            }
            else
            {
                starts[row + 1] = start;
                parents[row + 1] = start;
            }
            node++;
        }
        return layout;
    }

    /// <summary>All frames, without widths: what a script lays out itself.</summary>
    public static FlameLayout Whole(MergedStacks stacks) => Of(stacks, 0, -1);

    private static long Scale(long hits, long all, long width) => all == 0 ? 0 : (long)((Int128)hits * width / all);
}
