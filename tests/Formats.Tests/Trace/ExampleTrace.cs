using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

/// <summary>The trace of the worked example in TRACE-FORMAT.md.</summary>
internal static class ExampleTrace
{
    public static byte[] Bytes()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file, zstdLevel: 0);
        DefinitionWriter d = writer.Definitions;
        int probe = d.Event(new EventRow(d.String("kprobe:vfs_read"), EventKind.Kprobe, 1));
        int kernel = d.Module(new ModuleRow(ModuleKind.Kernel, d.String("kernel"), 0, 0xffffffff81000000, 0, 0));
        int leaf = d.Frame(new FrameRow(kernel, 0x2c0, FrameFlags.None));
        int caller = d.Frame(new FrameRow(kernel, 0x401, FrameFlags.ReturnAddress));
        int stack = d.Stack(new StackRow(d.Node(new NodeRow(d.Node(new NodeRow(0, caller)), leaf)), 0, StackFlags.None));
        int cat = d.String("cat");
        int process = d.Process(new ProcessRow(77, cat, 0, ProcessFlags.None));
        int context = d.Context(new ContextRow(77, cat, process, 0, 0));
        d.FrameSymbol(leaf, d.Symbol(new SymbolRow(kernel, 0x2c0, 0x30, d.String("vfs_read"), SymbolSource.Kallsyms)));
        writer.AddHit(1_000_000, 0, probe, context, stack);
        writer.AddHit(1_000_300, 0, probe, context, stack);
        writer.AddHit(1_000_007, 1, probe, context, stack);
        writer.Finish((EndCounter.Lost, 0UL));
        return file.ToArray();
    }
}
