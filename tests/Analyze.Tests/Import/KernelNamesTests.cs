using System.Text;
using Diagnose.Analyze.Import;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Analyze.Tests.Import;

public sealed class KernelNamesTests : IDisposable
{
    private const string List = """
        0000000000000000 A fixed_percpu_data
        ffffffff81000000 T _text
        ffffffff81001000 T vfs_read
        ffffffff81002000 T do_syscall_64
        ffffffff81003000 T _etext
        ffffffffc0001000 t ovl_read	[overlay]
        ffffffffc0002000 t ovl_write	[overlay]
        ffffffffc0009000 t other	[other]
        ffffffffc0700000 t bpf_prog_1	[bpf]

        """;

    private readonly string _kallsyms = Path.GetTempFileName();

    public void Dispose() => File.Delete(_kallsyms);

    private string Frames(string list, ulong text, ulong module, params ulong[] chain)
    {
        File.WriteAllText(_kallsyms, list);
        using ImportedText import = new MadeRecording()
            .Map(-1, text, 0x100000, text, "[kernel.kallsyms]_text").Map(-1, module, 0x4000, 0, "/lib/modules/6.1/kernel/fs/overlay.ko.xz")
            .Map(-1, module + 0x8000, 0x1000, 0, "[other]")
            .Hit(10, 10, 1, [CallchainContext.Kernel, .. chain]).Import(new ImportOptions { Kallsyms = _kallsyms });
        return import.Frames(0);
    }

    [Fact]
    public void A_list_of_the_recorded_boot_names_the_kernel_its_modules_and_what_it_generated() => Assert.Equal(
        "vfs_read;ovl_read;other;bpf_prog_1",
        Frames(List, 0xffffffff81000000, 0xffffffffc0001000, 0xffffffff81001010, 0xffffffffc0001004, 0xffffffffc0009010, 0xffffffffc0700010));

    [Fact]
    public void A_kernel_that_lay_elsewhere_is_named_by_where_it_lay() => Assert.Equal(
        "vfs_read;do_syscall_64", Frames(List, 0xffffffff91000000, 0xffffffffc0001000, 0xffffffff91001010, 0xffffffff91002008));

    [Fact]
    public void A_module_that_lay_elsewhere_stays_unnamed_and_so_does_what_was_generated_in_another_boot() => Assert.Equal(
        "overlay+4;vfs_read", Frames(List, 0xffffffff81000000, 0xffffffffc0100000, 0xffffffffc0100004, 0xffffffff81001010));

    [Fact]
    public void What_was_generated_in_another_boot_is_not_believed() => Assert.Equal(
        "[kernel.kallsyms]+2f700010", Frames(List, 0xffffffff91000000, 0xffffffffc0001000, 0xffffffffc0700010));

    [Fact]
    public void The_text_may_stand_far_down_in_the_list()
    {
        var list = new StringBuilder();
        for (int i = 0; i < 20_000; i++)
            list.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i * 8:x16} A percpu_{i}\n");
        Assert.Equal("vfs_read", Frames(list + List, 0xffffffff91000000, 0xffffffffc0001000, 0xffffffff91001010));
    }

    [Fact]
    public void A_list_that_hides_addresses_names_nothing_and_that_is_said()
    {
        File.WriteAllText(_kallsyms, "0000000000000000 T _text\n0000000000000000 T vfs_read\n");
        using ImportedText import = new MadeRecording().Map(-1, 0xffffffff81000000, 0x1000, 0xffffffff81000000, "[kernel.kallsyms]_text")
            .Hit(10, 10, 1, [CallchainContext.Kernel, 0xffffffff81000010]).Import(new ImportOptions { Kallsyms = _kallsyms });
        Assert.Equal("[kernel.kallsyms]+10", import.Frames(0));
        Assert.Contains(import.Segments.Notices, notice => notice.Contains("cannot be read, or has no symbols", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[nf_tables]", "nf_tables")]
    [InlineData("/lib/modules/6.1.0/kernel/net/snd-hda-intel.ko", "snd_hda_intel")]
    [InlineData("/lib/modules/6.1.0/extra/x.ko.zst", "x")]
    [InlineData("/usr/bin/ls", "")]
    [InlineData("", "")]
    [InlineData("[", "")]
    public void Modules_have_the_names_of_the_modules_list(string recorded, string name) =>
        Assert.Equal(name, RecordedKernel.ModuleName(Encoding.UTF8.GetBytes(recorded)));
}
