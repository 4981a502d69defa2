using System.Text;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

public sealed class DefinedNamesTests : IDisposable
{
    private readonly TraceWriter _trace = new(Stream.Null);
    private readonly DefinedNames _names;

    public DefinedNamesTests() => _names = _trace.Definitions.KeepNames();

    public void Dispose() => _trace.Dispose();

    private DefinitionWriter Definitions => _trace.Definitions;

    [Fact]
    public void Names_come_back_by_the_ids_of_what_they_name()
    {
        int kernel = Module(ModuleKind.Kernel, "[kernel.kallsyms]"), loaded = Module(ModuleKind.KernelModule, "overlay");
        int read = Definitions.Frame(new FrameRow(kernel, 1, FrameFlags.None)), other = Definitions.Frame(new FrameRow(loaded, 2, FrameFlags.None));
        int cgroup = Definitions.Cgroup(new CgroupRow(7, Definitions.String("/a/b")));
        Assert.Equal("", Text(_names.Frame(read)));
        Name(read, kernel, "vfs_read");
        Assert.Equal("vfs_read", Text(_names.Frame(read)));
        Assert.Equal("", Text(_names.KernelModule(read)));
        Assert.Equal("/a/b", Text(_names.CgroupPath(cgroup)));
        Assert.Equal("", Text(_names.CgroupPath(0)));
        Assert.Equal("", Text(_names.Frame(other + 1000)));
        // Without a symbol the frame's own module, with one the symbol's.
        Assert.Equal("overlay", Text(_names.KernelModule(other)));
        Definitions.FrameSymbol(other, 0);
        Assert.Equal("overlay", Text(_names.KernelModule(other)));
        Name(other, Module(ModuleKind.KernelModule, "bpf"), "prog");
        Assert.Equal("bpf", Text(_names.KernelModule(other)));
    }

    [Fact]
    public void A_name_is_not_taken_away_by_none()
    {
        int frame = Definitions.Frame(new FrameRow(0, 1, FrameFlags.None));
        Name(frame, 0, "known");
        Definitions.FrameSymbol(frame, 0);
        Assert.Equal("known", Text(_names.Frame(frame)));
    }

    [Fact]
    public void A_new_segment_starts_without_names()
    {
        int frame = Definitions.Frame(new FrameRow(Module(ModuleKind.KernelModule, "overlay"), 1, FrameFlags.None));
        int cgroup = Definitions.Cgroup(new CgroupRow(7, Definitions.String("/a")));
        Name(frame, 0, "before");
        _trace.Finish();
        _trace.BeginSegment(Stream.Null);
        Assert.Equal("", Text(_names.Frame(frame)));
        Assert.Equal("", Text(_names.KernelModule(frame)));
        Assert.Equal("", Text(_names.CgroupPath(cgroup)));
        frame = Definitions.Frame(new FrameRow(0, 9, FrameFlags.None));
        Name(frame, 0, "after");
        Assert.Equal("after", Text(_names.Frame(frame)));
    }

    private int Module(ModuleKind kind, string name) =>
        Definitions.Module(new ModuleRow(kind, Definitions.String(name), 0, 0, 0, 0));

    private void Name(int frame, int module, string name) => Definitions.FrameSymbol(frame,
        Definitions.Symbol(new SymbolRow(module, 0, 1, Definitions.String(name), SymbolSource.Kallsyms)));

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
