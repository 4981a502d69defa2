using System.Text;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.PerfScript;

public class FrameTests
{
    [Theory]
    [InlineData("\tffffffff81abcdef do_syscall_64+0x5c ([kernel.kallsyms])", 0xffffffff81abcdef, "do_syscall_64", 0x5c, "[kernel.kallsyms]")]
    [InlineData("\t            999a main+0x2a (/usr/bin/a)\r", 0x999a, "main", 0x2a, "/usr/bin/a")]
    [InlineData("\t            999a main+0x2a (/usr/bin/a (deleted))", 0x999a, "main", 0x2a, "/usr/bin/a (deleted)")]
    [InlineData("\t            999a main+0x2a (/tmp/my (odd) dir/(a)", 0x999a, "main", 0x2a, "/tmp/my (odd) dir/(a")]
    [InlineData("\t            999a [unknown] (/tmp/my (odd) dir/a b)", 0x999a, "", -1, "/tmp/my (odd) dir/a b")]
    [InlineData("\t    7f603bd178a8 [unknown] ([unknown])", 0x7f603bd178a8, "", -1, "[unknown]")]
    [InlineData("\t               0 [unknown] ([unknown])", 0, "", -1, "[unknown]")]
    [InlineData("\t            999a std::vector<int, std::allocator<int> >::push_back(int const&) const+0x10 (/usr/lib/x.so)", 0x999a, "std::vector<int, std::allocator<int> >::push_back(int const&) const", 0x10, "/usr/lib/x.so")]
    [InlineData("\t            999a (anonymous namespace)::f(void (*)(int))+0x10 (/usr/lib/x.so)", 0x999a, "(anonymous namespace)::f(void (*)(int))", 0x10, "/usr/lib/x.so")]
    [InlineData("\t            999a std::function<void (int)>::operator()(int) const (/usr/lib/x.so (deleted))", 0x999a, "std::function<void (int)>::operator()(int) const", -1, "/usr/lib/x.so (deleted)")]
    [InlineData("\t            999a operator() (/usr/lib/x.so)", 0x999a, "operator()", -1, "/usr/lib/x.so")]
    [InlineData("\t            999a <T as core::ops::Fn>::call (/usr/lib/odd)dir/x)", 0x999a, "<T as core::ops::Fn>::call", -1, "/usr/lib/odd)dir/x")]
    [InlineData("\t            999a Ljava/lang/Object;::wait+0x1 (/tmp/perf-12.map)", 0x999a, "Ljava/lang/Object;::wait", 1, "/tmp/perf-12.map")]
    // Columns that are not there, or that are not read.
    [InlineData("\t            999a (/usr/bin/a)", 0x999a, "", -1, "/usr/bin/a")]
    [InlineData("\t            999a main+0x2a", 0x999a, "main", 0x2a, "")]
    [InlineData("\t            999a main", 0x999a, "main", -1, "")]
    [InlineData("\t            999a", 0x999a, "", -1, "")]
    [InlineData("\t            999a f(int) const", 0x999a, "f(int) const", -1, "")]
    [InlineData("\t            999a f(int)", 0x999a, "f(int)", -1, "")]
    [InlineData("\t            999a main+0x2a (/usr/lib/libc.so.6+0x999a)", 0x999a, "main", 0x2a, "/usr/lib/libc.so.6")]
    [InlineData("\t            999a [0x999a] (/usr/bin/a)", 0x999a, "", -1, "/usr/bin/a")]
    [InlineData("\tmain (/usr/bin/a)", PerfScriptFrame.NoAddress, "main", -1, "/usr/bin/a")]
    [InlineData("\tadd (/usr/bin/a)", PerfScriptFrame.NoAddress, "add", -1, "/usr/bin/a")]
    [InlineData("\tadd", PerfScriptFrame.NoAddress, "add", -1, "")]
    [InlineData("\tffffffff81abcdef0 x", PerfScriptFrame.NoAddress, "ffffffff81abcdef0 x", -1, "")]
    // Blanks that were lost on the way.
    [InlineData("\t999a main (/usr/bin/a)", 0x999a, "main", -1, "/usr/bin/a")]
    [InlineData("\t            999a a+0xg (/x)", 0x999a, "a+0xg", -1, "/x")]
    [InlineData("\t            999a a+0x (/x)", 0x999a, "a+0x", -1, "/x")]
    public void A_frame_is_taken_apart(string line, ulong address, string name, int offset, string dso)
    {
        Assert.True(PerfScriptFrame.TryParse(Encoding.UTF8.GetBytes(line), out PerfScriptFrame frame));
        Assert.Equal(
            (address, name, offset < 0 ? null : (ulong?)offset, dso, false),
            (frame.Address, ReadText.Text(frame.Name), frame.Offset, ReadText.Text(frame.Dso), frame.IsInlined));
    }

    [Fact]
    public void A_function_put_into_another_has_no_module()
    {
        Assert.True(PerfScriptFrame.TryParse("\t            132c f (int)+0x3c (inlined)"u8, out PerfScriptFrame frame));
        Assert.True(frame.IsInlined);
        Assert.Equal(("f (int)", 0x3cUL, ""), (ReadText.Text(frame.Name), frame.Offset!.Value, ReadText.Text(frame.Dso)));
        Assert.Equal("(inlined)", ReadText.Text(PerfScriptDso.Of(frame, false).Path));
    }

    [Theory]
    [InlineData("\t")]
    [InlineData("\t   ")]
    [InlineData("\t()")]
    [InlineData("\t(/usr/bin/a)")]
    [InlineData("\t            999a main+0x2a (/usr/bin/a")]
    public void What_is_no_frame_or_cut_is_refused(string line) =>
        Assert.False(PerfScriptFrame.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Theory]
    [InlineData("ffffffff81abcdef", "[kernel.kallsyms]", ModuleKind.Kernel, "[kernel.kallsyms]", true)]
    [InlineData("ffffffff81abcdef", "[guest.kernel.kallsyms.12]", ModuleKind.Kernel, "[guest.kernel.kallsyms.12]", true)]
    [InlineData("ffffffff81abcdef", "/usr/lib/debug/boot/vmlinux-6.1.0", ModuleKind.Kernel, "/usr/lib/debug/boot/vmlinux-6.1.0", true)]
    [InlineData("ffffffffc0abcdef", "[nf_tables]", ModuleKind.KernelModule, "nf_tables", true)]
    [InlineData("ffffffffc0abcdef", "/lib/modules/6.1.0/kernel/net/nf_tables.ko.xz", ModuleKind.KernelModule, "nf_tables", true)]
    [InlineData("ffffffffc0abcdef", "bpf_prog_6deef7357e7b4530_sd_fw", ModuleKind.KernelModule, "bpf", true)]
    [InlineData("ffffffffc0abcdef", "[unknown]", ModuleKind.Unknown, "", true)]
    [InlineData("ffffffffff600000", "[vsyscall]", ModuleKind.Unknown, "[vsyscall]", false)]
    // Kernels of other architectures lie elsewhere.
    [InlineData("ffff800081abcdef", "[kernel.kallsyms]", ModuleKind.Kernel, "[kernel.kallsyms]", true)]
    [InlineData("100abcd", "[kernel.kallsyms]", ModuleKind.Kernel, "[kernel.kallsyms]", true)]
    [InlineData("28bed", "/usr/lib/libc.so.6", ModuleKind.File, "/usr/lib/libc.so.6", false)]
    [InlineData("28bed", "/usr/lib/libc.so.6 (deleted)", ModuleKind.File, "/usr/lib/libc.so.6 (deleted)", false)]
    [InlineData("7f1234567890", "/usr/lib/libc.so.6", ModuleKind.Unknown, "/usr/lib/libc.so.6", false)]
    [InlineData("a30", "[vdso]", ModuleKind.Vdso, "[vdso]", false)]
    [InlineData("7f1234567890", "/tmp/perf-1234.map", ModuleKind.Anonymous, "/tmp/perf-1234.map", false)]
    [InlineData("7f1234567890", "[JIT] tid 1234", ModuleKind.Anonymous, "[JIT] tid 1234", false)]
    [InlineData("1234", "//anon", ModuleKind.Unknown, "//anon", false)]
    [InlineData("1234", "[heap]", ModuleKind.Unknown, "[heap]", false)]
    [InlineData("7f1234567890", "[unknown]", ModuleKind.Unknown, "", false)]
    public void The_module_is_told_by_its_name_and_the_address(string address, string dso, ModuleKind kind, string path, bool isKernel)
    {
        Assert.True(PerfScriptFrame.TryParse(Encoding.UTF8.GetBytes($"\t{address,16} f ({dso})"), out PerfScriptFrame frame));
        PerfScriptDso module = PerfScriptDso.Of(frame, isRaw: false);
        Assert.Equal((kind, path, isKernel), (module.Kind, ReadText.Text(module.Path), module.IsKernel));
        Assert.Equal(kind == ModuleKind.Anonymous ? 1234u : 0, module.Pid);
        if (kind is ModuleKind.File or ModuleKind.Vdso)
            Assert.Equal(ModuleKind.Unknown, PerfScriptDso.Of(frame, isRaw: true).Kind);
    }
}
