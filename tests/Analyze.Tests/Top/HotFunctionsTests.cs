using System.Text;
using CsCheck;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Top;

namespace Diagnose.Analyze.Tests.Top;

public class HotFunctionsTests
{
    private static MergedStacks Merge(IEnumerable<(string[] Stack, long Hits)> stacks)
    {
        var tree = new FlameTree(new NameTable());
        foreach ((string[] stack, long hits) in stacks)
        {
            int node = FlameTree.Root;
            foreach (string name in stack)
                node = tree.Child(node, tree.Names.Intern(Encoding.UTF8.GetBytes(name)), FrameKind.Kernel);
            tree.Add(node, hits);
        }

        return tree.Merge();
    }

    private static string Show(HotFunction function) =>
        $"{function.Name} {function.Self}/{function.Total} <- {string.Join(' ', function.Callers.Select(c => $"{c.Name}:{c.Hits}"))}";

    [Fact]
    public void The_table_says_where_a_function_is()
    {
        var tree = new FlameTree(new NameTable());
        foreach (FrameKind kind in (FrameKind[])[FrameKind.Kernel, FrameKind.KernelModule, FrameKind.User])
            tree.Add(tree.Child(FlameTree.Root, tree.Names.Intern(Encoding.UTF8.GetBytes(kind.ToString())), kind), 2);
        int managed = tree.Child(FlameTree.Root, tree.Names.Intern("Shop.Cart.Add"u8), FrameKind.User);
        tree.Tell(managed, 0, isManaged: true);
        tree.Add(managed, 1);
        var functions = new HotFunctions();
        functions.Add(tree.Merge());
        using var stream = new MemoryStream();
        var terminal = new Terminal(stream);
        Assert.SkipUnless(!terminal.IsTerminal, "the tests run at a terminal");
        TopTable.Of(functions, 10, byTotal: false).Write(terminal);
        terminal.Flush();
        string table = Encoding.UTF8.GetString(stream.ToArray());
        Assert.All((string[])["kernel +Kernel", "module +KernelModule", "user +User", "managed +Shop.Cart.Add"], row => Assert.Matches(row, table));
    }

    [Fact]
    public void A_function_that_calls_itself_counts_a_hit_once_and_names_who_called_it_first()
    {
        var functions = new HotFunctions();
        functions.Add(Merge([(["main", "walk", "walk", "read"], 5), (["walk"], 2), (["main", "walk", "visit", "walk"], 3)]));
        Assert.Equal(10, functions.Hits);
        Assert.Equal(
            ["walk 5/10 <- main:8 (outermost):2", "read 5/5 <- walk:5", "main 0/8 <- (outermost):8", "visit 0/3 <- walk:3"],
            functions.Hottest(10).Select(Show));
        Assert.Equal("walk", functions.Hottest(1, byTotal: true)[0].Name);
    }

    [Fact]
    public void Counts_are_those_of_looking_at_each_stack_by_itself_however_the_stacks_are_split_up() =>
        Gen.Select(Gen.Int[0, 3].Select(i => "abcd".Substring(i, 1)).Array[1, 6], Gen.Long[1, 9]).Array[1, 30].Sample(stacks =>
        {
            var functions = new HotFunctions();
            functions.Add(Merge(stacks.Take(stacks.Length / 2)));
            functions.Add(Merge(stacks.Skip(stacks.Length / 2)));
            IReadOnlyList<HotFunction> hottest = functions.Hottest(100);
            Assert.Equal(stacks.Sum(s => s.Item2), functions.Hits);
            Assert.Equal(functions.Hits, hottest.Sum(f => f.Self));
            Assert.Equal(stacks.SelectMany(s => s.Item1).Distinct().Count(), hottest.Count);
            foreach (HotFunction function in hottest)
            {
                Assert.Equal(stacks.Where(s => s.Item1[^1] == function.Name).Sum(s => s.Item2), function.Self);
                Assert.Equal(stacks.Where(s => s.Item1.Contains(function.Name)).Sum(s => s.Item2), function.Total);
                Assert.Equal(function.Total, function.Callers.Sum(c => c.Hits));
                foreach ((string name, long hits) in function.Callers)
                {
                    Assert.Equal(stacks.Where(s => Array.IndexOf(s.Item1, function.Name) is var at and >= 0
                        && (at == 0 ? "(outermost)" : s.Item1[at - 1]) == name).Sum(s => s.Item2), hits);
                }
            }
        }, iter: 500);
}
