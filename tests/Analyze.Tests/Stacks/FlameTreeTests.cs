using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Stacks;

public class FlameTreeTests
{
    internal static MergedStacks Merge(params (string Stack, long Hits)[] stacks)
    {
        var tree = new FlameTree(new NameTable());
        foreach (var (stack, hits) in stacks)
        {
            var node = FlameTree.Root;
            foreach (var name in stack.Split(';'))
                node = tree.Child(node, tree.Names.Intern(Encoding.UTF8.GetBytes(name)), FrameKind.User);
            tree.Add(node, hits);
        }
        return tree.Merge();
    }

    private static string Fold(MergedStacks stacks)
    {
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(stacks, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public void Stacks_merge_from_the_root_with_totals()
    {
        var stacks = Merge(("a;b", 2), ("a;c", 3), ("a", 1), ("a;b", 4));
        Assert.Equal(4, stacks.Count);
        Assert.Equal(10, stacks.Hits);
        Assert.Equal((10, 1, 4), (stacks.Total(1), stacks.Self(1), stacks.End(1)));
        Assert.Equal((6, 2), (stacks.Total(2), stacks.Depth(2)));
        Assert.Equal((1, 1), (stacks.Parent(2), stacks.Parent(3)));
        Assert.Equal("a 1\na;b 6\na;c 3\n", Fold(stacks));
    }

    [Fact]
    public void Equal_names_of_different_kinds_stay_apart_in_the_order_of_their_kinds()
    {
        var tree = new FlameTree(new NameTable());
        var name = tree.Names.Intern("h2o"u8);
        var kernel = tree.Child(FlameTree.Root, name, FrameKind.Kernel);
        var thread = tree.Child(FlameTree.Root, name, FrameKind.Thread);
        Assert.NotEqual(kernel, thread);
        Assert.Equal(kernel, tree.Child(FlameTree.Root, name, FrameKind.Kernel));
        var merged = tree.Merge();
        Assert.Equal([FrameKind.Thread, FrameKind.Kernel], [merged.Kind(1), merged.Kind(2)]);
    }

    [Fact]
    public void The_order_of_hits_does_not_matter() =>
        Gen.Select(Gen.Char['a', 'd'].Array[1, 6], Gen.Long[1, 9]).Array[1, 40].Sample(hits =>
        {
            var stacks = hits.Select(hit => (string.Join(';', hit.Item1), hit.Item2)).ToArray();
            var expected = string.Concat(stacks.GroupBy(stack => stack.Item1)
                .OrderBy(group => group.Key.Replace(";", "", StringComparison.Ordinal), StringComparer.Ordinal)
                .Select(group => $"{group.Key} {group.Sum(stack => stack.Item2)}\n"));
            Assert.Equal(expected, Fold(Merge(stacks)));
            Assert.Equal(expected, Fold(Merge([.. stacks.Reverse()])));
        });

    [Fact]
    public void A_semicolon_and_a_line_end_in_a_name_cannot_break_a_folded_line()
    {
        var tree = new FlameTree(new NameTable());
        tree.Add(tree.Child(tree.Child(FlameTree.Root, tree.Names.Intern("a;b\nc"u8), FrameKind.User), tree.Names.Intern([0xff]), FrameKind.User), 1);
        Assert.Equal("a:b\\x0ac;\\xff 1\n", Fold(tree.Merge()));
    }

    [Fact]
    public void A_million_nodes_and_a_path_ten_thousand_deep_are_merged()
    {
        var tree = new FlameTree(new NameTable());
        var names = Enumerable.Range(0, 1000).Select(number => tree.Names.Intern(Encoding.UTF8.GetBytes($"f{number}"))).ToArray();
        for (var outer = 0; outer < 1000; outer++)
        {
            var parent = tree.Child(FlameTree.Root, names[999 - outer], FrameKind.User);
            for (var inner = 0; inner < 1000; inner++)
                tree.Add(tree.Child(parent, names[inner], FrameKind.User), 1);
        }
        var deep = FlameTree.Root;
        for (var depth = 0; depth < 10_000; depth++)
            deep = tree.Child(deep, names[0], FrameKind.Kernel);
        tree.Add(deep, 5);
        var merged = tree.Merge();
        Assert.Equal(1_011_001, merged.Count);
        Assert.Equal(1_000_005, merged.Hits);
        Assert.True(merged.Name(1).SequenceEqual("f0"u8));
    }

    [Fact]
    public void Too_many_hits_are_an_error_and_not_a_wrong_number()
    {
        var tree = new FlameTree(new NameTable());
        var node = tree.Child(FlameTree.Root, tree.Names.Intern("a"u8), FrameKind.User);
        tree.Add(node, long.MaxValue);
        Assert.Throws<OverflowException>(() => tree.Add(node, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.Add(node, -1));
    }
}
