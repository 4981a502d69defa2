using System.Text;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Trace;
using NameTable = Diagnose.Analyze.Stacks.NameTable;

namespace Diagnose.Analyze.Tests.Stacks;

/// <summary>Whose code the frames of a trace are.</summary>
public sealed class NodeOriginTests
{
    private sealed record Function(string Name, ModuleKind Kind, string Path, SymbolSource Source);

    private static MergedStacks Fold(params Function[] functions)
    {
        byte[] file = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            for (int i = 0; i < functions.Length; i++)
            {
                (string name, ModuleKind kind, string path, SymbolSource source) = functions[i];
                int module = d.Module(new ModuleRow(kind, d.String(path), 0, 0, 0, (uint)i));
                int frame = d.Frame(new FrameRow(module, (ulong)i, FrameFlags.None));
                if (name.Length > 0)
                    d.FrameSymbol(frame, d.Symbol(new SymbolRow(module, (ulong)i, 1, d.String(name), source)));
                writer.AddHit((ulong)i + 1, 0, 1, 0, d.Stack(new StackRow(0, d.Node(new NodeRow(0, frame)), StackFlags.None)));
            }
        });
        var tree = new FlameTree(new NameTable());
        new TraceFolder(SyntheticTrace.Open(file), tree).Fold();
        return tree.Merge();
    }

    private static string[] Shown(MergedStacks stacks) => [.. Enumerable.Range(3, stacks.Count - 3).Select(node =>
        $"{Encoding.UTF8.GetString(stacks.Name(node))} {stacks.Kind(node)} {Encoding.UTF8.GetString(stacks.Module(node))} {stacks.Total(node)}")];

    [Fact]
    public void A_user_function_has_its_file_and_code_that_a_runtime_compiled_is_managed() => Assert.Equal(
        ["Main() Managed  1", "UNKNOWN Unknown /lib/a\\x0a.so 1", "fib Managed /usr/bin/app 1", "gettime User [vdso] 1", "read User /lib/libc.so.6 1"],
        Shown(Fold(
            new("read", ModuleKind.File, "/lib/libc.so.6", SymbolSource.DynSym),
            new("gettime", ModuleKind.Vdso, "", SymbolSource.DynSym),
            new("Main()", ModuleKind.Anonymous, "", SymbolSource.PerfMap),
            new("fib", ModuleKind.File, "/usr/bin/app", SymbolSource.PerfMap),
            new("", ModuleKind.File, "/lib/a\n.so", SymbolSource.None))));

    [Fact]
    public void A_name_of_several_modules_is_one_node_of_none()
    {
        Function[] functions =
        [
            new("main", ModuleKind.File, "/bin/a", SymbolSource.SymTab), new("main", ModuleKind.File, "/bin/b", SymbolSource.SymTab),
            new("main", ModuleKind.Anonymous, "", SymbolSource.PerfMap), new("main", ModuleKind.File, "/bin/a", SymbolSource.SymTab),
        ];
        Assert.Equal(["main User  4"], Shown(Fold(functions)));
        Assert.Equal(["main User  4"], Shown(Fold([.. functions.Reverse()])));
        Assert.Equal(["main User /bin/a 2"], Shown(Fold(functions[0], functions[3])));
    }
}
