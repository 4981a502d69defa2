using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

/// <summary>What a new segment of the trace must say again.</summary>
public sealed class SegmentTests : IDisposable
{
    private const ulong VfsRead = 0xffffffff81001000;

    private readonly PlayedMachine _machine = new();
    private readonly PlayedRecording _played;

    public SegmentTests() => _played = new PlayedRecording(_machine);

    public void Dispose() => _played.Dispose();

    [Fact]
    public void The_same_hit_reads_the_same_in_every_segment()
    {
        _machine.CgroupOfProcess[9] = "/shop";
        _played.Fork(9, 9, 1, 1);
        _played.Named(9, 9, "shell");
        _played.Fork(10, 10, 9, 9);
        _played.Named(10, 10, "cat", isExec: true);
        _played.Map(10, 0x400000, 0x1000, 0, "/usr/bin/cat");
        ulong[] chain = PlayedRecording.Chain([VfsRead + 5], [0x400010, 0x7fff0010]);
        _played.Hit(10, 10, time: 1, chain: chain);
        RecordedTrace first = _played.NextSegment();
        _played.Hit(10, 10, time: 2, chain: chain);
        RecordedTrace second = _played.NextSegment();
        _played.Hit(10, 10, time: 3, chain: chain);
        RecordedTrace third = _played.Read();

        Assert.Equal("10/cat in /shop: cat(10) < shell(9) < (1)", first.Who(0));
        Assert.Equal("[kernel.kallsyms]+1005 vfs_read; cat+10; ?+7fff0010", first.Stack(0));
        foreach (RecordedTrace later in new[] { second, third })
        {
            Assert.Single(later.Hits);
            Assert.Equal(first.Who(0), later.Who(0));
            Assert.Equal(first.Stack(0), later.Stack(0));
            Assert.Equal(first.Rows(TableId.Mappings), later.Rows(TableId.Mappings));
            Assert.Equal(first.Rows(TableId.Strings), later.Rows(TableId.Strings));
        }
    }

    [Fact]
    public void A_segment_defines_only_what_its_hits_use()
    {
        _played.Named(10, 10, "first");
        _played.Hit(10, 10, time: 1, chain: [VfsRead]);
        _played.NextSegment();
        _played.Named(20, 20, "second");
        _played.Hit(20, 20, time: 2, chain: [VfsRead + 0x1000]);
        RecordedTrace second = _played.Read();
        Assert.Equal((1, 1, 1), (second.Rows(TableId.Contexts), second.Rows(TableId.Stacks), second.Rows(TableId.Processes)));
    }

    [Fact]
    public void The_group_of_a_process_that_is_gone_is_remembered()
    {
        _machine.CgroupOfProcess[10] = "/job";
        _played.Fork(10, 10, 1, 1);
        _played.Named(10, 10, "job", isExec: true);
        _played.Hit(10, 10, time: 1);
        _played.NextSegment();
        _machine.CgroupOfProcess.Clear();
        _played.Exit(10, 10, time: 2);
        _played.Hit(10, 10, time: 3);
        Assert.StartsWith("10/job in /job: job(10)", _played.Read().Who(0), StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_by_name_goes_on()
    {
        using var played = new PlayedRecording(_machine);
        played.Recorder.Filter = new HitFilter(0, 0, played.Comm("wanted"), 0);
        played.Named(10, 10, "wanted");
        played.Named(20, 20, "other");
        // Another order of strings, so that the id of the name changes.
        played.NextSegment();
        played.Named(30, 30, "third");
        played.NextSegment();
        played.Hit(20, 20);
        played.Hit(10, 10);
        played.Hit(30, 30);
        RecordedTrace trace = played.Read();
        Assert.Equal("10/wanted in : wanted(10)", trace.Who(0));
        Assert.Single(trace.Hits);
        Assert.Equal(2ul, played.Recorder.Filtered);
    }

    [Fact]
    public void What_was_removed_is_told_apart_from_what_was_lost()
    {
        _played.Losses.Add(1, 0, LossReason.RingFull, 5);
        Assert.Equal(5ul, _played.Losses.SegmentHits);
        _played.NextSegment();
        _played.Losses.Removed(time: 9, new EndedSegment(Hits: 90, Lost: 5, Removed: 10));
        Assert.Equal((5ul, 5ul, 100ul), (_played.Losses.SegmentHits, _played.Losses.Hits, _played.Losses.SegmentRemoved));
        TraceDefinitions definitions = _played.Read().Definitions;
        Assert.Equal(new LossRow(9, 0, 1, LossReason.SpoolFull, 100), definitions.Loss(1));
        Assert.Equal(new LossRow(9, 0, 1, LossReason.RingFull, 5), definitions.Loss(2));
    }

    [Fact]
    public void A_step_keeps_the_nth_hit_of_each_cpu()
    {
        _played.Recorder.Step = new HitStep(3);
        for (int i = 1; i <= 7; i++)
        {
            _played.Hit(10, 10, time: (ulong)i, cpu: 0);
            _played.Hit(10, 10, time: (ulong)i + 100, cpu: 100);
        }

        Assert.Equal([3ul, 6, 103, 106], _played.Read().Hits.Select(hit => hit.Time));
    }

    [Fact]
    public void Groups_that_nobody_is_in_are_forgotten_when_there_are_very_many()
    {
        _played.Fork(10, 10, 1, 1);
        _played.Named(10, 10, "job", isExec: true);
        _machine.CgroupOfProcess[10] = "/stays";
        _played.Hit(10, 10);
        for (ulong id = 1; id <= 20000; id++)
        {
            _machine.CgroupPaths[id] = $"/{id}";
            _played.Hit(11, 11, cgroup: id);
        }

        _played.NextSegment();
        _machine.CgroupOfProcess.Clear();
        _played.Hit(10, 10, time: 1);
        _played.Hit(11, 11, time: 2, cgroup: 5);
        RecordedTrace trace = _played.Read();
        Assert.Contains("in /stays:", trace.Who(0), StringComparison.Ordinal);
        Assert.Contains("in /5:", trace.Who(1), StringComparison.Ordinal);
    }
}
