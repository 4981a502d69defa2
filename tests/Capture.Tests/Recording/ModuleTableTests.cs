using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Tests.Recording;

public sealed class ModuleTableTests : IDisposable
{
    private readonly PlayedRecording _played = new();

    public ModuleTableTests() => _played.Named(10, 10, "shop", isExec: true);

    public void Dispose() => _played.Dispose();

    [Fact]
    public void Only_mappings_that_were_hit_are_written_and_each_once()
    {
        _played.Map(10, 0x10000, 0x2000, 0x1000, "/bin/shop");
        _played.Map(10, 0x20000, 0x1000, 0, "/lib/never-hit.so");
        User(10, 0x10010);
        User(10, 0x10020);
        RecordedTrace trace = _played.Read();
        Assert.Equal(1, trace.Rows(TableId.Mappings));
        Assert.Equal(1, trace.Rows(TableId.Modules) - 0);
        MappingRow row = trace.Definitions.Mapping(1);
        Assert.Equal((0x10000UL, 0x2000UL, 0x1000UL), (row.Start, row.Length, row.Offset));
        Assert.Equal("shop+1010", trace.Stack(0));
    }

    [Fact]
    public void A_forked_child_shares_its_parents_table_and_ids_until_it_maps_or_execs()
    {
        _played.Map(10, 0x10000, 0x2000, 0, "/bin/shop");
        _played.Fork(20, 20, 10, 10, time: 5);
        TracedProcess parent = _played.Processes.Processes[10], child = _played.Processes.Processes[20];
        Assert.Equal(parent.Space.Maps.Key, child.Space.Maps.Key);
        User(10, 0x10010);
        User(20, 0x10010);
        _played.Map(20, 0x30000, 0x1000, 0, "/lib/plugin.so", time: 6);
        Assert.NotEqual(parent.Space.Maps.Key, child.Space.Maps.Key);
        User(20, 0x30010, 0x10010);
        _played.Named(20, 20, "next", isExec: true);
        User(20, 0x10010);
        RecordedTrace trace = _played.Read();
        Assert.Equal(trace.Hits[0].Stack, trace.Hits[1].Stack);
        Assert.Equal("plugin.so+10; shop+10", trace.Stack(2));
        Assert.Equal("?+10010", trace.Stack(3));
        SpaceRow space = trace.Definitions.Space(trace.Definitions.Context(trace.Hits[1].Context).Space);
        Assert.Equal((20U, 5UL), (space.Pid, space.ForkTime));
        Assert.Equal(10U, trace.Definitions.Space(space.Parent).Pid);
    }

    [Fact]
    public void A_file_mapped_twice_at_different_places_has_two_instances_and_its_segments_one()
    {
        _played.Map(10, 0x10000, 0x1000, 0x0, "/lib/a.so");
        _played.Map(10, 0x11000, 0x1000, 0x1000, "/lib/a.so");
        _played.Map(10, 0x50000, 0x1000, 0x0, "/lib/a.so");
        User(10, 0x10010, 0x11010, 0x50010);
        RecordedTrace trace = _played.Read();
        Assert.Equal([0U, 1U], Enumerable.Range(1, trace.Rows(TableId.Modules)).Select(id => trace.Definitions.Module(id).Instance).Order());
        Assert.Equal("a.so+10; a.so+1010; a.so+10", trace.Stack(0));
    }

    [Theory]
    [InlineData("//anon", ModuleKind.Anonymous)]
    [InlineData("/memfd:doublemapper (deleted)", ModuleKind.Anonymous)]
    [InlineData("/dev/zero (deleted)", ModuleKind.Anonymous)]
    [InlineData("[heap]", ModuleKind.Anonymous)]
    [InlineData("[vdso]", ModuleKind.Vdso)]
    [InlineData("/lib/x.so", ModuleKind.File)]
    public void The_kind_of_a_mapping_shows_in_its_name(string path, ModuleKind kind)
    {
        _played.Map(10, 0x10000, 0x1000, 0x5000, path);
        User(10, 0x10010);
        RecordedTrace trace = _played.Read();
        FrameRow frame = trace.Definitions.Frame(1);
        Assert.Equal(kind, trace.Definitions.Module(frame.Module).Kind);
        Assert.Equal(kind switch { ModuleKind.File => 0x5010UL, ModuleKind.Vdso => 0x10UL, _ => 0x10010UL }, frame.Offset);
    }

    [Fact]
    public void Code_without_a_file_is_another_after_an_exec_and_for_the_next_process_of_that_pid()
    {
        Anonymous();
        _played.Named(10, 10, "again", isExec: true);
        Anonymous();
        _played.Exit(10, 10);
        _played.Fork(10, 10, 1, 1);
        _played.Named(10, 10, "other", isExec: true);
        Anonymous();
        RecordedTrace trace = _played.Read();
        Assert.Equal(3, trace.Hits.Select(hit => hit.Stack).Distinct().Count());
        Assert.All(Enumerable.Range(1, 3), id => Assert.Equal(10U, trace.Definitions.Module(id).Instance & ModuleRow.PidMask));

        void Anonymous()
        {
            _played.Map(10, 0x10000, 0x1000, 0, "//anon");
            User(10, 0x10010);
        }
    }

    [Fact]
    public void Mappings_that_cannot_be_are_passed_over()
    {
        _played.Map(10, 0x10000, 0, 0, "/lib/empty.so");
        _played.Map(10, 0xffffffffffffff00, 0x1000, 0, "/lib/around.so");
        Assert.Equal(0, _played.Processes.Processes[10].Space.Maps.Count);
    }

    [Fact]
    public void Hundreds_of_programs_do_not_use_up_the_descriptors_and_one_that_is_hit_again_is_named_again()
    {
        var machine = new PlayedMachine { File = _ => OpenOwn() };
        using var played = new PlayedRecording(machine, mostFiles: 8);
        for (int pid = 100; pid < 400; pid++)
        {
            played.Named(pid, pid, "built", isExec: true);
            played.Map(pid, 0x10000, 0x1000, 0, $"/build/test{pid}");
        }

        Assert.InRange(Descriptors(), 1, 8 + 20);
        Assert.Equal(300, machine.FilesOpened);
        played.Hit(100, 100, chain: [0x10010]);
        Assert.Equal(301, machine.FilesOpened);
        played.Read();

        // Of this file alone: other tests, which run meanwhile, open and close others.
        static int Descriptors() => Directory.GetFiles("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget == Environment.ProcessPath);
    }

    private static ModuleFile? OpenOwn()
    {
        SafeFileHandle handle = File.OpenHandle("/proc/self/exe", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return FileImage.TryOpen(handle, int.MaxValue, out FileImage? image, out _) ? ModuleFile.Open(image!) : null;
    }

    private void User(int pid, params ulong[] chain) => _played.Hit(pid, pid, time: ++_time, chain: chain);

    private ulong _time = 100;
}
