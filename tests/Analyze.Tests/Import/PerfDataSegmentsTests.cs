using System.Text;
using Diagnose.Analyze.Import;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfEvents;

namespace Diagnose.Analyze.Tests.Import;

public class PerfDataSegmentsTests
{
    private static readonly ulong[] s_chain = [CallchainContext.User, 0x1000];

    [Fact]
    public void Processes_that_were_there_before_have_the_ancestors_that_made_up_records_tell_of()
    {
        using ImportedText text = new MadeRecording().Fork(2, 0).Comm(2, "kthreadd").Fork(7, 2).Comm(7, "kworker")
            .Fork(20, 30).Comm(20, "child").Fork(20, 20, tid: 21).Comm(20, "worker", tid: 21)
            .Fork(30, 1).Comm(30, "shell").Fork(1, 0).Comm(1, "init")
            .Hit(20, 20, 100, s_chain).Hit(20, 21, 200, s_chain).Hit(7, 7, 300, s_chain).Import();
        Assert.Equal("child 20:child<30:shell<1:init", text.Who(0));
        Assert.Equal("worker 20:child<30:shell<1:init", text.Who(1));
        Assert.Equal("kworker 7:kworker!<2:kthreadd!", text.Who(2));
    }

    [Fact]
    public void What_happens_while_recording_is_taken_in_the_order_of_time()
    {
        using ImportedText text = new MadeRecording().Comm(10, "sh").Map(10, 0x1000, 0x1000, 0, "/bin/sh")
            .Hit(11, 11, 400, s_chain).Fork(11, 10, time: 100).Hit(11, 11, 200, s_chain).Comm(11, "ls", time: 300, exec: true).Import();
        Assert.Equal(["sh 11:sh<10:sh", "ls 11:ls<10:sh"], [text.Who(0), text.Who(1)]);
        // It shares its parent's mappings until it has an image of its own.
        Assert.Equal(["sh+0", "?+1000"], [text.Frames(0), text.Frames(1)]);
    }

    [Fact]
    public void A_sample_without_a_callchain_is_the_one_place_that_was_hit()
    {
        PerfEventAttr attr = MadeRecording.Event(without: SampleFormat.Callchain);
        using ImportedText text = new MadeRecording(attr).Map(10, 0x1000, 0x1000, 0x3000, "/bin/none")
            .Add(new RecordBytes(RecordKind.Sample).U64(1, 0x1234).U32(10, 10).U64(5).U32(3, 0)).Import();
        Assert.Equal("none+3234", text.Frames(0));
        Assert.Equal("5 3 cpu-clock 10", Assert.Single(text.Places));
    }

    [Fact]
    public void The_idle_task_counts_and_who_is_not_known_has_the_name_that_perf_gives()
    {
        using ImportedText text = new MadeRecording().Hit(0, 0, 1, s_chain).Hit(5, 6, 2, s_chain).Import();
        Assert.Equal(["swapper 0:swapper", ":6 5::5"], [text.Who(0), text.Who(1)]);
    }

    [Fact]
    public void Samples_without_thread_or_CPU_or_time_are_taken_all_the_same()
    {
        PerfEventAttr attr = MadeRecording.Event(without: SampleFormat.Tid | SampleFormat.Cpu | SampleFormat.Time | SampleFormat.Callchain);
        using ImportedText text = new MadeRecording(attr).Add(new RecordBytes(RecordKind.Sample).U64(1, 0x1234)).Import();
        Assert.Equal("0 0 cpu-clock 0", Assert.Single(text.Places));
        Assert.StartsWith("UNKNOWN ", text.Who(0), StringComparison.Ordinal);
        Assert.Equal("1 samples have no time", text.Segments.Skipped);
    }

    [Fact]
    public void Records_without_an_id_still_tell_of_processes_and_mappings()
    {
        PerfEventAttr attr = MadeRecording.Event(idAll: false);
        using ImportedText text = new MadeRecording(attr).Comm(10, "old").Map(10, 0x1000, 0x1000, 0, "/bin/old").Hit(10, 10, 1, s_chain).Import();
        Assert.Equal(("old 10:old", "old+0"), (text.Who(0), text.Frames(0)));
        Assert.Null(text.Segments.Skipped);
    }

    [Theory]
    [InlineData(5, 7, 7)] // perf's own count at the end knows of the losses that rings told of
    [InlineData(5, 0, 5)]
    [InlineData(5, 3, 5)]
    public void Losses_count_once(ulong told, ulong counted, ulong lost)
    {
        using ImportedText text = new MadeRecording().Hit(1, 1, 1, s_chain).Lost(told, 2).LostSamples(counted, 0)
            .LostSamples(1000, 0, (RecordMisc)(1 << 15)).Import();
        Assert.Equal(lost, text.Lost);
    }

    [Fact]
    public void Samples_that_the_hardware_dropped_are_lost_on_top() =>
        Assert.Equal(9UL, new MadeRecording().Hit(1, 1, 1, s_chain).Lost(5, 2).LostSamples(4, 3).Import().Lost);

    [Fact]
    public void Of_several_events_only_those_that_are_named_are_taken()
    {
        MadeRecording made = new(MadeRecording.Event(), MadeRecording.Event(config: 2), MadeRecording.Event(config: (ulong)SoftwareEvent.Dummy));
        for (ulong i = 0; i < 10; i++)
            made.Hit(1, 1, 100 + i, s_chain, id: 1 + i % 2);
        using ImportedText all = made.Import(), one = made.Import(new ImportOptions { Events = ["faults"] });
        Assert.Equal(["cpu-clock", "page-faults"], all.Segments.Taken);
        Assert.Equal(10, all.Hits.Count);
        Assert.Equal(all.Hits.Where(hit => hit.Contains("page-faults", StringComparison.Ordinal)), one.Hits);
        Assert.Equal(5, one.Hits.Count);
    }

    [Fact]
    public void A_long_recording_is_several_segments_and_nothing_gets_lost_between_them()
    {
        var made = new MadeRecording();
        made.Comm(10, "long").Fork(11, 10, time: 1);
        const int hits = 30_000, depth = 12;
        for (ulong i = 0; i < hits; i++)
            made.Hit(11, 11, 10 + i, [CallchainContext.User, .. Enumerable.Range(0, depth).Select(d => 0x1000 + i * 64 + (ulong)d)]);
        using ImportedText text = made.Import();
        Assert.True(text.Segments.Count > 1);
        Assert.Equal(hits, text.Hits.Count);
        Assert.All(Enumerable.Range(0, hits), i => Assert.Equal(
            ($"{10 + i} 0 cpu-clock 11", "long 11:long<10:long", $"?+{0x1000 + i * 64:x}"),
            (text.Hits[i].Split(" long")[0], text.Who(i), text.Frames(i).Split(';')[0])));
    }

    [Fact]
    public void A_file_without_hits_is_a_trace_without_hits()
    {
        using ImportedText text = new MadeRecording().Comm(10, "x").Import();
        Assert.Equal((1, 0), (text.Segments.Count, text.Hits.Count));
    }

    [Theory]
    [InlineData(new[] { "cpu-clock" }, null)]
    [InlineData(new[] { "faults", "cpu-clock" }, null)]
    [InlineData(new[] { "minor" }, "there is no event 'minor'; there are: cpu-clock, page-faults, cpu-clock-2")]
    [InlineData(new[] { "c" }, "there is more than one event with 'c'; there are: cpu-clock, page-faults, cpu-clock-2")]
    public void Events_are_named_as_a_whole_or_by_a_part_that_one_has(string[] given, string? problem) =>
        Assert.Equal(problem, new EventSelection(given).Problem(["cpu-clock", "page-faults", "cpu-clock-2"]));

    [Fact]
    public void An_event_that_was_taken_for_a_part_of_its_name_is_told_when_the_very_one_comes_later()
    {
        var selection = new EventSelection(["open"]);
        Assert.True(selection.Takes("openat", ["openat"]));
        Assert.Null(selection.Problem(["openat"]));
        Assert.True(selection.Takes("open", ["openat", "open"]));
        Assert.False(selection.Takes("openat", ["openat", "open"]));
        Assert.Contains("'openat' were taken before", selection.Problem(["openat", "open"]), StringComparison.Ordinal);

        const string hit = "x  10 [000] 1.00000{0}: 1 {1}: \n\t1000 f+0x0 (/f)\n\n";
        byte[] text = Encoding.UTF8.GetBytes(string.Format(null, hit, 1, "s:openat") + string.Format(null, hit, 2, "s:open"));
        using var segments = new PerfScriptSegments(new MemoryStream(text), new ImportOptions { Events = ["s:open"] });
        while (segments.TryNext(out _))
        {
        }

        Assert.Contains("'s:openat' were taken before", segments.Error, StringComparison.Ordinal);
    }
}
