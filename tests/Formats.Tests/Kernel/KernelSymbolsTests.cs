using System.Text;
using CsCheck;
using Diagnose.Formats.Kernel;

namespace Diagnose.Formats.Tests.Kernel;

public class KernelSymbolsTests
{
    /// <summary>Lines of a Debian kernel, cut down: per-CPU numbers, core text, data, init text, two modules, generated code.</summary>
    private const string Recorded = """
        0000000000000000 A fixed_percpu_data
        0000000000006000 A cpu_tss_rw
        ffffffffbc000000 T startup_64
        ffffffffbc000000 T _stext
        ffffffffbc000000 T _text
        ffffffffbc000090 T secondary_startup_64
        ffffffffbc0000a0 t __do_sys_getpid
        ffffffffbc0000c0 T __x64_sys_getpid
        ffffffffbc0000c0 T __ia32_sys_getpid
        ffffffffbc000100 W arch_weak
        ffffffffbc000100 t local_alias
        ffffffffbce01d00 t last_in_text
        ffffffffbce01d32 T _etext
        ffffffffbda00000 D _sdata
        ffffffffbda00010 d some_table
        ffffffffbe079000 T _sinittext
        ffffffffbe079000 t early_init
        ffffffffbe0e7c04 T _einittext
        ffffffffbe0e7c10 t cleanup_in_exit_text
        ffffffffbf430000 B _end
        ffffffffc04c6000 t virtqueue_first	[virtio_ring]
        ffffffffc04c6030 t virtqueue_get_vring_size	[virtio_ring]
        ffffffffc04c8010 t virtqueue_last	[virtio_ring]
        ffffffffc04ca000 d __this_module	[virtio_ring]
        ffffffffc05a2000 t ovl_first	[overlay]
        ffffffffc05a2100 t ovl_last	[overlay]
        ffffffffc0600000 t ftrace_trampoline	[__builtin__ftrace]
        ffffffffc0604000 t ftrace_trampoline	[__builtin__ftrace]
        ffffffffc0606000 t kprobe_insn_page	[__builtin__kprobes]
        ffffffffc0700104 t bpf_prog_6deef7357e7b4530_sd_fw_egress	[bpf]
        ffffffffc0700330 t bpf_prog_6deef7357e7b4530_sd_fw_ingress	[bpf]

        """;

    [Theory]
    [InlineData(0xffffffffbc000000, "startup_64", "")]
    [InlineData(0xffffffffbc00008f, "startup_64", "")]
    [InlineData(0xffffffffbc000090, "secondary_startup_64", "")]
    [InlineData(0xffffffffbc0000bf, "__do_sys_getpid", "")]
    [InlineData(0xffffffffbc0000c0, "__ia32_sys_getpid", "")]
    [InlineData(0xffffffffbc000100, "arch_weak", "")]
    [InlineData(0xffffffffbce01d31, "last_in_text", "")]
    [InlineData(0xffffffffbe079001, "early_init", "")]
    [InlineData(0xffffffffbe0e7c10, "cleanup_in_exit_text", "")]
    [InlineData(0xffffffffc04c602f, "virtqueue_first", "virtio_ring")]
    [InlineData(0xffffffffc04c9fff, "virtqueue_last", "virtio_ring")]
    [InlineData(0xffffffffc05a2fff, "ovl_last", "overlay")]
    [InlineData(0xffffffffc0600fff, "ftrace_trampoline", "__builtin__ftrace")]
    [InlineData(0xffffffffc0606040, "kprobe_insn_page", "__builtin__kprobes")]
    [InlineData(0xffffffffc0700200, "bpf_prog_6deef7357e7b4530_sd_fw_egress", "bpf")]
    [InlineData(0xffffffffc0700fff, "bpf_prog_6deef7357e7b4530_sd_fw_ingress", "bpf")]
    public void An_address_is_named_with_its_function_and_module(ulong address, string name, string module)
    {
        Assert.True(Build(Recorded).TryFind(address, out var symbol));
        Assert.Equal(name, Encoding.UTF8.GetString(symbol.Name));
        Assert.Equal(module, Encoding.UTF8.GetString(symbol.Module));
        Assert.InRange(address, symbol.Start, symbol.End - 1);
    }

    [Theory]
    [InlineData(0x0ul)]
    [InlineData(0x6000ul)] // a per-CPU offset is no address
    [InlineData(0xffffffffbbfffffful)] // before the first
    [InlineData(0xffffffffbcc00000ul)] // in a hole far behind arch_weak
    [InlineData(0xffffffffbce01d32ul)] // behind the text
    [InlineData(0xffffffffbda00018ul)] // data
    [InlineData(0xffffffffbe0e7c04ul)] // behind the init text
    [InlineData(0xffffffffc04ca010ul)] // a module's data
    [InlineData(0xffffffffc05a3000ul)] // the page behind a module's last function
    [InlineData(0xffffffffc0601000ul)] // between two generated pages
    [InlineData(0xffffffffc0701000ul)] // behind everything
    [InlineData(ulong.MaxValue)]
    public void An_address_outside_all_text_has_no_name(ulong address) => Assert.False(Build(Recorded).TryFind(address, out _));

    [Fact]
    public void Names_are_found_back_aliases_and_end_marks_included()
    {
        var symbols = Build(Recorded);

        foreach (var (name, expected) in new[]
        {
            ("_text", 0xffffffffbc000000), ("_stext", 0xffffffffbc000000), ("_etext", 0xffffffffbce01d32),
            ("ovl_last", 0xffffffffc05a2100), ("ftrace_trampoline", 0xffffffffc0600000),
        })
        {
            Assert.True(symbols.TryFindAddress(Encoding.UTF8.GetBytes(name), out var address), name);
            Assert.Equal(expected, address);
        }

        Assert.True(symbols.TryFindAddress("ovl_last"u8, "overlay"u8, out _));
        Assert.False(symbols.TryFindAddress("ovl_last"u8, "virtio_ring"u8, out _));
        Assert.False(symbols.TryFindAddress("ovl_last"u8, [], out _));
        Assert.False(symbols.TryFindAddress("_sdata"u8, out _));
        Assert.False(symbols.TryFindAddress("_tex"u8, out _));
    }

    [Fact]
    public void Chunks_cut_anywhere_give_the_same_symbols()
    {
        var whole = Describe(Build(Recorded));
        var bytes = Encoding.UTF8.GetBytes(Recorded);
        for (var size = 1; size < 200; size++)
        {
            var builder = new KernelSymbolsBuilder();
            foreach (var chunk in bytes.Chunk(size))
                builder.Append(chunk);
            Assert.Equal(whole, Describe(builder.Build()));
        }
    }

    [Fact]
    public void The_order_of_the_lines_does_not_matter()
    {
        var lines = Recorded.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var whole = Describe(Build(Recorded));

        Gen.Shuffle(lines).Sample(shuffled => Assert.Equal(whole, Describe(Build(string.Join('\n', shuffled)))), iter: 200);
    }

    [Fact]
    public void Hidden_addresses_are_reported_and_give_no_symbols()
    {
        var symbols = Build("0000000000000000 T _text\n0000000000000000 t f\n0000000000000000 d x\t[m]\n");

        Assert.True(symbols.AddressesHidden);
        Assert.Equal(0, symbols.Count);
        Assert.False(symbols.TryFind(0, out _));
        Assert.False(Build(Recorded).AddressesHidden);
        Assert.False(Build("").AddressesHidden);
    }

    [Fact]
    public void Lines_of_another_form_are_counted_and_skipped()
    {
        var symbols = Build(
            "ffffffff81000000 T good\n\nnonsense\nffffffff8100000g T bad_digit\nffffffff81000001T glued\n" +
            "11ffffffff81000001 T too_long_a_number\nffffffff81000100 T open\t[bracket\nffffffff81000200 T \n" +
            $"ffffffff81000300 T {new string('x', 5000)}\nffffffff81001000 t also_good\n");

        Assert.Equal(8, symbols.MalformedLines);
        Assert.Equal(["ffffffff81000000-ffffffff81001000 good ", "ffffffff81001000-ffffffff81002000 also_good "], Describe(symbols));
    }

    private static readonly byte[] Marks = [.. "\n 0fT\t[]"u8];

    [Fact]
    public void Arbitrary_bytes_never_throw() =>
        Gen.OneOf(Gen.Byte, Gen.Int[0, Marks.Length - 1].Select(i => Marks[i])).Array[0, 300]
            .Sample(bytes =>
            {
                var builder = new KernelSymbolsBuilder();
                builder.Append(bytes);
                var symbols = builder.Build();
                symbols.TryFind(bytes.Length > 8 ? BitConverter.ToUInt64(bytes) : 1, out _);
            }, iter: 5_000);

    private static KernelSymbols Build(string text)
    {
        var builder = new KernelSymbolsBuilder();
        builder.Append(Encoding.UTF8.GetBytes(text));
        return builder.Build();
    }

    private static List<string> Describe(KernelSymbols symbols)
    {
        var lines = new List<string>();
        for (var i = 0; i < symbols.Count; i++)
        {
            var s = symbols[i];
            lines.Add($"{s.Start:x}-{s.End:x} {Encoding.UTF8.GetString(s.Name)} {Encoding.UTF8.GetString(s.Module)}");
        }

        return lines;
    }
}
