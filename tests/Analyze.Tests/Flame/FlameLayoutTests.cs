using CsCheck;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Stacks;

namespace Diagnose.Analyze.Tests.Flame;

public class FlameLayoutTests
{
    [Fact]
    public void Children_stand_side_by_side_from_their_parents_left_edge()
    {
        var layout = FlameLayout.Of(FlameTreeTests.Merge(("a;c", 1), ("a;b", 2), ("a", 1), ("d", 4)), 800, 1);
        Assert.Equal(
            [new(0, 0, 800, 0, 0), new(1, 0, 400, 1, 0), new(2, 0, 200, 2, 0), new(3, 200, 100, 2, 2), new(4, 400, 400, 1, 4)],
            layout.Boxes);
        Assert.Equal(3, layout.Rows);
    }

    [Fact]
    public void Thin_frames_are_left_out_with_their_subtree_and_keep_their_room()
    {
        var layout = FlameLayout.Of(FlameTreeTests.Merge(("a;x;y", 1), ("b", 99)), 1000, 11);
        Assert.Equal([new(0, 0, 1000, 0, 0), new(4, 10, 990, 1, 1)], layout.Boxes);
        Assert.Equal(2, layout.Rows);
    }

    [Fact]
    public void Rows_over_the_depth_are_left_out()
    {
        var layout = FlameLayout.Of(FlameTreeTests.Merge(("a;b;c", 1), ("d", 1)), 1000, 1, depth: 2);
        Assert.Equal([0, 1, 2, 4], layout.Boxes.Select(box => box.Node));
        Assert.Equal(3, layout.Rows);
    }

    [Fact]
    public void Children_lie_within_their_parent_and_never_overlap() =>
        Gen.Select(Gen.Char['a', 'c'].Array[1, 5], Gen.Long[1, long.MaxValue / 64]).Array[1, 60].Sample(hits =>
        {
            var stacks = FlameTreeTests.Merge([.. hits.Select(hit => (string.Join(';', hit.Item1), hit.Item2))]);
            var boxes = FlameLayout.Of(stacks, 118_000, 10).Boxes;
            var byNode = boxes.ToDictionary(box => box.Node);
            var rowEnds = new long[10];
            foreach (var box in boxes)
            {
                Assert.True(box.Left >= rowEnds[box.Depth]);
                rowEnds[box.Depth] = box.Left + box.Width;
                if (box.Node == FlameTree.Root)
                    continue;
                Assert.True(box.Width >= 10);
                var parent = byNode[stacks.Parent(box.Node)];
                Assert.True(box.Left >= parent.Left && box.Left + box.Width <= parent.Left + parent.Width);
            }
        });

    [Fact]
    public void No_hits_are_one_empty_root()
    {
        var layout = FlameLayout.Of(new FlameTree(new NameTable()).Merge(), 800, 10);
        Assert.Equal([new(0, 0, 0, 0, 0)], layout.Boxes);
    }
}
