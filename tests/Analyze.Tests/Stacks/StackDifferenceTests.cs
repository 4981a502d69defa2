using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Stacks;

public sealed class StackDifferenceTests
{
    internal static StackDifference Between((string Stack, long Hits)[] before, (string Stack, long Hits)[] after, double ratio)
    {
        var names = new NameTable();
        return StackDifference.Of(Merge(names, before), Merge(names, after), ratio);
    }

    private static MergedStacks Merge(NameTable names, (string Stack, long Hits)[] stacks)
    {
        var tree = new FlameTree(names);
        foreach ((string stack, long hits) in stacks)
        {
            int node = FlameTree.Root;
            foreach (string name in stack.Split(';'))
                node = tree.Child(node, names.Intern(Encoding.UTF8.GetBytes(name)), FrameKind.User);
            tree.Add(node, hits);
        }

        return tree.Merge();
    }

    private static string[] Shown(StackDifference difference) => [.. Enumerable.Range(0, difference.Stacks.Count).Select(node =>
        $"{Encoding.UTF8.GetString(difference.Stacks.Name(node))} {difference.Before(node)}-{difference.After(node)} self {difference.SelfBefore(node)}-{difference.SelfAfter(node)}")];

    [Fact]
    public void Every_node_of_either_is_there_with_the_hits_of_both()
    {
        StackDifference difference = Between([("a;b", 3), ("a;gone", 2), ("a", 1)], [("a;b", 5), ("a;new;leaf", 7)], 2);
        Assert.Equal([" 6-12 self 0-0", "a 6-12 self 1-0", "b 3-5 self 3-5", "gone 2-0 self 2-0", "new 0-7 self 0-0", "leaf 0-7 self 0-7"], Shown(difference));
        Assert.Equal((2, 1), difference.OneSided());
        Assert.Equal(2 * difference.AfterScale, difference.BeforeScale);
        var folded = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(difference, folded);
        Assert.Equal("a 1 0\na;b 3 5\na;gone 2 0\na;new;leaf 0 7\n", Encoding.UTF8.GetString(folded.WrittenSpan));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.25)]
    [InlineData(12.5)]
    [InlineData(200_000)]
    [InlineData(1e-5)]
    public void Scaled_hits_compare_as_the_ratio_says(double ratio)
    {
        StackDifference difference = Between([("a", 1)], [("a", 1)], ratio);
        Assert.Equal(ratio, (double)difference.BeforeScale / difference.AfterScale, ratio * 0.001);
    }

    [Theory]
    [InlineData(1L << 40, 5, 1 << 20, false)]
    [InlineData(5, 1L << 40, 1.0 / (1 << 20), false)]
    [InlineData(1L << 40, 1L << 45, 32, true)]
    [InlineData(1_000_000, 3, 1e12, false)]
    [InlineData(1_000_000, 3, 1e9, true)]
    public void Hits_of_very_different_times_weigh_no_more_than_can_be_told_exactly(long before, long after, double ratio, bool canScale)
    {
        Assert.Equal(canScale, StackDifference.CanScale(before, after, ratio));
        if (!canScale)
            ratio = (double)after / before;
        StackDifference difference = Between([("a", before)], [("a", after)], ratio);
        Assert.InRange(difference.Stacks.Hits, 1, 1L << 53);
        Assert.Equal(ratio, (double)difference.BeforeScale / difference.AfterScale, ratio * 0.001);
        Assert.Equal(difference.Stacks.Hits, checked(before * difference.BeforeScale + after * difference.AfterScale));
    }

    [Fact]
    public void A_recording_against_itself_has_not_changed_and_the_other_way_round_is_the_opposite() =>
        Gen.Select(Gen.Char['a', 'c'].Array[1, 5], Gen.Long[1, 99]).Array[1, 20].Select(
            Gen.Select(Gen.Char['a', 'c'].Array[1, 5], Gen.Long[1, 99]).Array[1, 20]).Sample((one, two) =>
        {
            (string, long)[] before = [.. one.Select(hit => (string.Join(';', hit.Item1), hit.Item2))], after = [.. two.Select(hit => (string.Join(';', hit.Item1), hit.Item2))];
            StackDifference same = Between(before, before, 1);
            Assert.Equal((0, 0), same.OneSided());
            for (int node = 0; node < same.Stacks.Count; node++)
                Assert.Equal((same.Before(node), same.SelfBefore(node)), (same.After(node), same.SelfAfter(node)));
            StackDifference there = Between(before, after, 3), back = Between(after, before, 1.0 / 3);
            Assert.Equal(there.Stacks.Count, back.Stacks.Count);
            for (int node = 0; node < there.Stacks.Count; node++)
            {
                Assert.Equal((there.Before(node), there.After(node)), (back.After(node), back.Before(node)));
                Assert.Equal(there.Before(node) * there.BeforeScale + there.After(node) * there.AfterScale, there.Stacks.Total(node));
            }
        });
}
