using System.Text;
using Diagnose.Capture.Tests.Recording;
using Diagnose.Formats.Jit;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Tests.Symbols;

public sealed class GeneratedNamesTests
{
    [Fact]
    public void What_a_perf_map_grew_by_is_read_in_parts()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        machine.PerfMaps[10] += string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{0x20000 + (i * 16):x} 10 method_{i}\n"));
        played.Look(now: 2);
        played.Hit(10, 10, time: 3, chain: [0x20008 + (39_999 * 16)]);
        Assert.EndsWith("method_39999", played.Read().Stack(1), StringComparison.Ordinal);
        Assert.InRange(machine.LongestRead, 1, 1 << 18);
    }

    [Fact]
    public void A_map_whose_memory_was_given_back_is_read_again_also_after_its_file_was_removed()
    {
        using GeneratedCode code = Code(out PlayedMachine machine, "10000 20 first\n10020 20 second\n");
        Assert.Equal("first", Name(code, 0x10010));
        machine.PerfMaps.Remove(10);
        Assert.False(code.Look(out _));
        Assert.False(code.HasMap);
        code.NewBlock(isTooMuch: true);
        Assert.False(code.IsLoaded);
        Assert.Equal("second", Name(code, 0x10030));
    }

    [Fact]
    public void A_map_that_was_written_anew_is_read_anew_once_in_a_block()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n10020 20 second\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        // No shorter, so that nothing but the names themselves tells.
        machine.PerfMaps[10] = "10040 20 other\n10020 20 second\n10000 20 first\n";
        played.Hit(10, 10, time: 2, chain: [0x10030]);
        Assert.EndsWith("second", played.Read().Stack(1), StringComparison.Ordinal);

        using GeneratedCode code = Code(out machine, "10000 20 first\n");
        Assert.Equal("first", Name(code, 0x10010));
        machine.PerfMaps[10] = "20000 20 one\n10000 20 first\n";
        Assert.Equal("", Name(code, 0x10010));
        Assert.True(code.ReadAnew());
        Assert.Equal("first", Name(code, 0x10010));
        Assert.False(code.ReadAnew());
        code.NewBlock(isTooMuch: false);
        Assert.True(code.ReadAnew());
    }

    [Fact]
    public void Lines_that_wait_also_wait_when_the_map_is_read_again()
    {
        using GeneratedCode code = Code(out PlayedMachine machine, "10000 20 first\n");
        var module = new CodeModule(Formats.Trace.ModuleKind.Anonymous, [], [], 10);
        Assert.Equal("first", Name(code, 0x10010));
        code.Named(module, 0x10010, 0x10010, Place(code, 0x10010));
        machine.PerfMaps[10] += "10000 20 second\n10020 20 ";
        Assert.True(code.Look(out _));
        code.NewBlock(isTooMuch: true);
        Assert.Equal("first", Name(code, 0x10010));
        machine.PerfMaps[10] += "third\n";
        Assert.True(code.Apply());
        Assert.Equal("second", Name(code, 0x10010));
        Assert.Equal("third", Name(code, 0x10030));
    }

    [Fact]
    public void Lines_that_nobody_looked_at_yet_wait_when_the_map_is_read_again()
    {
        using GeneratedCode code = Code(out PlayedMachine machine, "10000 20 first\n");
        var module = new CodeModule(Formats.Trace.ModuleKind.Anonymous, [], [], 10);
        Assert.Equal("first", Name(code, 0x10010));
        code.Named(module, 0x10010, 0x10010, Place(code, 0x10010));
        code.NewBlock(isTooMuch: true);
        machine.PerfMaps[10] += "10000 20 second\n";
        Assert.Equal("first", Name(code, 0x10010));
        Assert.True(code.Look(out _));
    }

    [Fact]
    public void Maps_that_push_each_other_out_are_read_once_for_each_block()
    {
        using GeneratedCode code = Code(out _, "10000 20 first\n");
        Assert.Equal("first", Name(code, 0x10010));
        code.Rest();
        Assert.Equal("", Name(code, 0x10010));
        Assert.Equal(0, code.MapBytes);
        code.NewBlock(isTooMuch: false);
        Assert.Equal("first", Name(code, 0x10010));
    }

    [Fact]
    public void Each_process_changes_its_names_at_its_own_moment()
    {
        var machine = new PlayedMachine();
        machine.PerfMaps[10] = machine.PerfMaps[20] = "10000 20 first\n";
        using var played = new PlayedRecording(machine);
        played.Map(10, 0x10000, 0x1000, 0, "//anon");
        played.Map(20, 0x10000, 0x1000, 0, "//anon");
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Hit(20, 20, time: 2, chain: [0x10010]);
        played.Flush();
        machine.PerfMapWritten = 30;
        machine.PerfMaps[10] += "10000 20 second\n";
        played.Look(now: 35, until: 29);
        machine.PerfMapWritten = 50;
        machine.PerfMaps[20] += "10000 20 second\n";
        played.Look(now: 60, until: 49);
        played.Hit(10, 10, time: 48, chain: [0x10010]);
        played.Hit(20, 20, time: 48, chain: [0x10010]);
        played.Look(now: 70, until: 65);
        played.Hit(20, 20, time: 60, chain: [0x10010]);
        RecordedTrace trace = played.Read();
        Assert.Equal(["first", "first", "second", "first", "second"], Enumerable.Range(0, 5).Select(hit => trace.Stack(hit).Split(' ')[1]));
        Assert.Equal([30UL, 50UL], played.Moments);
    }

    [Fact]
    public void A_moment_that_is_not_known_does_not_go_along_with_the_clock()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 20 first\n", out PlayedMachine machine);
        played.Hit(10, 10, time: 1, chain: [0x10010]);
        played.Flush();
        machine.PerfMaps[10] += "10000 20 second\n";
        played.Look(now: 100, until: 95);
        Assert.Empty(played.Moments);
        played.Look(now: 200, until: 195);
        Assert.Equal([100UL], played.Moments);
    }

    [Fact]
    public void That_too_many_places_were_hit_to_be_told_apart_is_said()
    {
        using PlayedRecording played = PlayedRecording.OfGenerated("10000 100000 large\n", out _);
        for (ulong i = 0; i < GeneratedCode.MostNamed; i++)
            played.Hit(10, 10, time: i + 1, chain: [0x10000 + i]);
        played.Flush();
        Assert.Empty(played.Said);
        played.Hit(10, 10, time: 1 << 20, chain: [0x10000 + GeneratedCode.MostNamed]);
        played.Flush();
        Assert.StartsWith("process 10: more than 16384 places", Assert.Single(played.Said), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_very_many_processes_only_the_one_that_was_wanted_longest_ago_is_given_up()
    {
        var machine = new PlayedMachine();
        using var played = new PlayedRecording(machine);
        for (int pid = 1000; pid < 1257; pid++)
        {
            machine.PerfMaps[pid] = "10000 20 first\n";
            played.Map(pid, 0x10000, 0x1000, 0, "//anon");
            played.Hit(pid, pid, time: (ulong)pid, chain: [0x10010]);
            played.Flush();
        }

        machine.PerfMapWritten = 2000;
        foreach (int pid in machine.PerfMaps.Keys)
            machine.PerfMaps[pid] += "10000 20 second\n";
        played.Look(now: 2000);
        played.Hit(1001, 1001, time: 2001, chain: [0x10010]);
        played.Hit(1256, 1256, time: 2002, chain: [0x10010]);
        RecordedTrace trace = played.Read();
        Assert.Equal("second", trace.Stack(257).Split(' ')[1]);
        Assert.Equal("second", trace.Stack(258).Split(' ')[1]);
    }

    private static GeneratedCode Code(out PlayedMachine machine, string map)
    {
        machine = new PlayedMachine();
        machine.PerfMaps[10] = map;
        var code = new GeneratedCode(10);
        code.Open(machine.OpenPerfMap(10, null, out _)!);
        return code;
    }

    private static string Name(GeneratedCode code, ulong address) =>
        code.TryFind(address, out _, out _, out PerfMapName name) ? Encoding.UTF8.GetString(code.Read(name)) : "";

    private static PerfMapName Place(GeneratedCode code, ulong address) =>
        code.TryFind(address, out _, out _, out PerfMapName name) ? name : default;
}
