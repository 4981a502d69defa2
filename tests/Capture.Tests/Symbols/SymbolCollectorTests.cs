using Diagnose.Capture.Linux;
using Diagnose.Capture.Tests.Recording;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Symbols;

public sealed class SymbolCollectorTests
{
    [Fact]
    public void Frames_in_a_file_are_named_from_its_own_tables_also_after_they_were_dropped()
    {
        (string path, ulong offset) = FindMalloc();
        ModuleFile? opened = null;
        using var played = new PlayedRecording(new PlayedMachine { File = _ => opened = Open(path) });
        played.Map(10, 0x7f0000000000, 1 << 30, 0, path);
        played.Hit(10, 10, time: 1, chain: [0x7f0000000000 + offset]);
        played.Flush();
        Assert.True(opened!.SymbolBytes > 0);
        opened.DropSymbols();
        Assert.Equal(0, opened.SymbolBytes);
        played.Hit(10, 10, time: 2, chain: [0x7f0000000000 + offset + 4]);
        RecordedTrace trace = played.Read();
        Assert.EndsWith("malloc", trace.Stack(0), StringComparison.Ordinal);
        Assert.EndsWith("malloc", trace.Stack(1), StringComparison.Ordinal);
        Assert.Equal(1, trace.Rows(TableId.Symbols));
        Assert.Empty(played.Said);
    }

    [Fact]
    public void Symbols_of_generated_kernel_code_come_with_it_and_go_with_it()
    {
        using var played = new PlayedRecording();
        played.Ksymbol(0xffffffffa0000000, 0x100, "bpf_prog_1");
        played.Hit(10, 10, time: 1, chain: [0xffffffffa0000010]);
        played.Flush();
        played.Ksymbol(0xffffffffa0000000, 0x100, "bpf_prog_1", isGone: true);
        played.Hit(10, 10, time: 2, chain: [0xffffffffa0000020]);
        RecordedTrace trace = played.Read();
        Assert.EndsWith("bpf_prog_1", trace.Stack(0), StringComparison.Ordinal);
        Assert.DoesNotContain("bpf_prog_1", trace.Stack(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_kernel_symbols_are_said_once()
    {
        var machine = new PlayedMachine { Kallsyms = "0000000000000000 T _text\n0000000000000000 T vfs_read\n" };
        using var played = new PlayedRecording(machine);
        for (ulong i = 0; i < 100; i++)
            played.Hit(10, 10, time: i + 1, chain: [0xffffffff81001000 + i]);
        RecordedTrace trace = played.Read();
        Assert.Equal("[kernel.kallsyms]+1000", trace.Stack(0));
        Assert.Contains("kptr_restrict", Assert.Single(played.Said), StringComparison.Ordinal);
    }

    [Fact]
    public void Code_without_a_file_is_named_by_the_perf_map_as_it_grows()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        machine.PerfMaps[10] += "10020 20 second\n";
        played.Hit(10, 10, time: 2, chain: [0x10030]);
        RecordedTrace trace = played.Read();
        Assert.Equal("anon+10010 first", trace.Stack(0));
        Assert.Equal("anon+10030 second", trace.Stack(1));
    }

    [Fact]
    public void Code_that_lies_where_other_code_lay_has_the_name_that_it_had_when_it_was_hit()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n10100 20 caller\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: PlayedRecording.Chain([], [0x10010, 0x10120]));
        played.Flush();
        played.Look(now: 50);
        // Hit before the map was written to, and taken after it: the frame at 10018 is new, and has the name of before.
        machine.PerfMaps[10] += "10000 40 second\n";
        machine.PerfMapWritten = 40;
        played.Hit(10, 10, time: 2, chain: PlayedRecording.Chain([], [0x10018, 0x10120]));
        played.Look(now: 60);
        played.Hit(10, 10, time: 3, chain: PlayedRecording.Chain([], [0x10010, 0x10120]));
        played.Hit(10, 10, time: 4, chain: PlayedRecording.Chain([], [0x10018, 0x10120]));
        played.Flush();
        machine.PerfMaps[10] += "10000 20 first\n";
        played.Look(now: 70);
        played.Hit(10, 10, time: 5, chain: PlayedRecording.Chain([], [0x10010, 0x10120]));
        machine.PerfMaps[10] += "10200 20 elsewhere\n";
        played.Look(now: 80);
        RecordedTrace trace = played.Read();
        Assert.Equal(
            [
                "anon+10010 first; anon+10120 caller", "anon+10018 first; anon+10120 caller", "anon+10010 second; anon+10120 caller",
                "anon+10018 second; anon+10120 caller", "anon+10010 first; anon+10120 caller",
            ],
            Enumerable.Range(0, 5).Select(trace.Stack));
        Assert.Equal([40UL, 40UL], played.Moments);
        // Its callers stayed what they were.
        Assert.Equal(6, trace.Rows(TableId.Frames));
    }

    [Fact]
    public void In_a_new_segment_code_has_the_name_that_it_has_by_then()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        machine.PerfMaps[10] += "10000 20 second\n";
        played.Look(now: 1);
        played.Hit(10, 10, time: 2, chain: [0x10010]);
        RecordedTrace before = played.NextSegment();
        Assert.Equal(["anon+10010 first", "anon+10010 second"], [before.Stack(0), before.Stack(1)]);
        played.Hit(10, 10, time: 3, chain: [0x10010]);
        RecordedTrace after = played.Read();
        Assert.Equal("anon+10010 second", after.Stack(0));
        Assert.Equal(1, after.Rows(TableId.Modules));
    }

    [Fact]
    public void A_perf_map_that_is_written_anew_is_read_from_its_start()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n10020 20 other\n10040 20 third\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        machine.PerfMaps[10] = "10000 20 first\n10060 20 fourth";
        played.Look(now: 1);
        machine.PerfMaps[10] += "th\n";
        played.Look(now: 2);
        played.Hit(10, 10, time: 2, chain: [0x10070]);
        played.Flush();
        machine.PerfMaps.Remove(10);
        played.Look(now: 3);
        Assert.Equal("anon+10070 fourthth", played.Read().Stack(1));
        Assert.Empty(played.Moments);
    }

    [Fact]
    public void A_managed_method_reads_well_and_what_the_runtime_said_is_kept()
    {
        var machine = new PlayedMachine();
        machine.PerfMaps[10] = "10000 20 int32 [App] Program::ReadFile(string)[Tier0]\n10020 20 JS:*read file:///app.js:1:2\n";
        using var played = new PlayedRecording(machine);
        played.Map(10, 0x10000, 0x1000, 0, "/memfd:doublemapper");
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Hit(10, 10, time: 2, chain: [0x10030]);
        RecordedTrace trace = played.Read();
        Assert.EndsWith("+10010 Program.ReadFile", trace.Stack(0), StringComparison.Ordinal);
        Assert.EndsWith("+10030 JS:*read file:///app.js:1:2", trace.Stack(1), StringComparison.Ordinal);
        Assert.Equal("int32 [App] Program::ReadFile(string)[Tier0]", trace.Text(trace.Definitions.Symbol(1).Detail));
        Assert.Equal(0, trace.Definitions.Symbol(2).Detail);
    }

    [Fact]
    public void A_long_perf_map_is_read_in_parts_and_all_of_it()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated(string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{0x10000 + (i * 16):x} 10 method_{i}\n")), out _);
        for (ulong i = 0; i < 40_000; i += 9_999)
            played.Hit(10, 10, time: i + 1, chain: [0x10008 + (i * 16)]);
        RecordedTrace trace = played.Read();
        Assert.Equal(["method_0", "method_9999", "method_19998", "method_29997", "method_39996"],
            Enumerable.Range(0, 5).Select(hit => trace.Stack(hit).Split(' ')[1]));
    }

    [Fact]
    public void A_process_that_never_gets_a_perf_map_is_told_of_when_the_names_are_given_up()
    {
        var machine = new PlayedMachine();
        using var played = new PlayedRecording(machine);
        played.Map(10, 0x10000, 0x1000, 0, "//anon");
        played.Map(20, 0x10000, 0x1000, 0, "//anon");
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Hit(20, 20, time: 2, chain: [0x10010]);
        played.Flush();
        Assert.Empty(played.Said);
        machine.PerfMaps[20] = "10000 20 late\n";
        played.Flush();
        Assert.Equal("anon+10010 late", played.Read().Stack(1));
        Assert.StartsWith("process 10: it runs code without a file", Assert.Single(played.Said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_forked_child_in_its_parents_code_is_named_by_the_parents_perf_map()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 compiled\n", out _);
        played.Fork(20, 20, 10, 10);
        played.Hit(20, 20, chain: [0x10010]);
        Assert.Equal("anon+10010 compiled", played.Read().Stack(0));
    }

    [Fact]
    public void A_perf_map_of_a_stranger_is_not_believed_and_that_is_said()
    {
        var machine = new PlayedMachine { PerfMapRefused = "/tmp/perf-10.map belongs to user 5" };
        machine.PerfMaps[10] = "10000 20 lie\n";
        using var played = new PlayedRecording(machine);
        played.Map(10, 0x10000, 0x1000, 0, "//anon");
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        played.Hit(10, 10, time: 2, chain: [0x10011]);
        Assert.Equal("anon+10010", played.Read().Stack(0));
        Assert.Equal(["/tmp/perf-10.map belongs to user 5"], played.Said);
    }

    [Fact]
    public void A_file_that_cannot_be_reached_is_named_once_on_one_line()
    {
        using var played = new PlayedRecording();
        played.Map(10, 0x10000, 0x1000, 0, "/bin/with\nnewline");
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Hit(10, 10, time: 2, chain: [0x10020]);
        played.Read();
        Assert.StartsWith(@"/bin/with\x0anewline:", Assert.Single(played.Said), StringComparison.Ordinal);
    }

    [Fact]
    public void Notices_come_to_an_end_and_repeats_do_not_count()
    {
        List<string> said = [];
        var notices = new Notices(said.Add);
        for (int i = 0; i < 20; i++)
            notices.Say($"notice {i}");
        notices.Say("notice 3");
        Assert.Equal(20, said.Count);
        for (int i = 0; i < 100; i++)
            notices.Say($"more {i}");
        Assert.Equal(21, said.Count);
        Assert.Equal("more of the same is not shown", said[^1]);
    }

    [Fact]
    public void Of_many_files_or_processes_alike_the_first_few_are_named()
    {
        List<string> said = [];
        var notices = new Notices(said.Add);
        for (int i = 0; i < 50; i++)
            notices.Say($"/file{i / 2}", "no names");
        notices.Say("/other", "no rights");
        Assert.Equal(["/file0: no names", "/file1: no names", "/file2: no names", "others as well: no names", "/other: no rights"], said);
    }

    private static ModuleFile? Open(string path) =>
        FileImage.TryOpen(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), int.MaxValue, out FileImage? image, out _)
            ? ModuleFile.Open(image!) : null;

    private static (string Path, ulong Offset) FindMalloc()
    {
        string? path = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length == 6).Select(parts => parts[5])
            .FirstOrDefault(file => Path.GetFileName(file).StartsWith("libc.so", StringComparison.Ordinal));
        if (path is null)
            Assert.Skip("this process maps no libc.so");
        Assert.True(ElfImage.TryParse(File.ReadAllBytes(path), out ElfImage elf, out _));
        Assert.True(ElfSymbolIndex.TryFindByName(elf, "malloc"u8, out ElfSymbol malloc));
        Assert.True(elf.TryOffsetOfAddress(malloc.Address, out ulong offset));
        return (path, offset);
    }
}
