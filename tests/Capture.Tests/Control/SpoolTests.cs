using Diagnose.Capture.Control;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Control;

public sealed class SpoolTests : IDisposable
{
    private readonly TemporaryFolders _temporary = new();

    private StateFolders Folders => _temporary.Folders;

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void The_segment_being_written_is_not_for_reports()
    {
        using var spool = new Spool(Folders, 1 << 20);
        spool.Begin().Write(new byte[10]);
        Assert.Empty(SpoolFile.List(Folders.Spool));
        spool.Next(new EndedSegment(3, 2, 1)).Write(new byte[20]);
        SpoolFile file = Assert.Single(SpoolFile.List(Folders.Spool));
        Assert.Equal((1L, new EndedSegment(3, 2, 1), 10L), (file.Number, file.Segment, file.Bytes));
        spool.End(new EndedSegment(4, 0, 0));
        Assert.Equal([1L, 2L], SpoolFile.List(Folders.Spool).Select(f => f.Number));
    }

    [Fact]
    public void Segments_are_in_order_also_past_ten_digits()
    {
        foreach (long number in (long[])[99_999_999_999, 2, 10])
            File.WriteAllText($"{Folders.Spool}/{SpoolFile.NameOf(number, default)}", "");
        Assert.Equal([2L, 10, 99_999_999_999], SpoolFile.List(Folders.Spool).Select(f => f.Number));
    }

    [Fact]
    public void Whatever_else_lies_there_is_left_alone()
    {
        foreach (string name in (string[])["x.dtt", "1-2-3.dtt", "1-2-3-x.dtt", "-1-0-0-0.dtt", "1-2-3-4-5.dtt", "1-0-0-0.txt"])
            File.WriteAllText($"{Folders.Spool}/{name}", "");
        Assert.Empty(SpoolFile.List(Folders.Spool));
    }

    [Fact]
    public void The_oldest_go_first_and_each_is_told()
    {
        using var spool = new Spool(Folders, 1 << 20);
        Stream stream = spool.Begin();
        for (ulong i = 1; i <= 20; i++)
        {
            stream.Write(new byte[100_000]);
            stream = spool.Next(new EndedSegment(i, i * 10, i * 100));
        }

        List<EndedSegment> removed = [];
        spool.MakeRoom(liveBytes: 17_504, removed.Add);
        // 917504 bytes may be held: 9 segments and those that are being written.
        Assert.Equal(Enumerable.Range(1, 11).Select(i => new EndedSegment((ulong)i, (ulong)i * 10, (ulong)i * 100)), removed);
        Assert.Equal(Enumerable.Range(12, 9).Select(i => (long)i), SpoolFile.List(Folders.Spool).Select(f => f.Number));
        Assert.Empty(Directory.GetFiles(Folders.Spool, "*.gone"));
    }

    [Fact]
    public void What_a_report_holds_takes_room_and_is_not_removed()
    {
        using var spool = new Spool(Folders, 1 << 20);
        spool.Begin().Write(new byte[300_000]);
        spool.Next(new EndedSegment(1, 0, 0)).Write(new byte[300_000]);
        _ = spool.Next(new EndedSegment(2, 0, 0));
        SpoolFile first = SpoolFile.List(Folders.Spool)[0];
        File.Move(first.Path, $"{Folders.Taken}/{Path.GetFileName(first.Path)}");
        File.WriteAllBytes($"{Folders.Taken}/{SpoolFile.NameOf(0, default)}", new byte[400_000]);
        List<EndedSegment> removed = [];
        using (var report = new FileStream(Folders.ReportLock, StateFolders.PrivateFile(FileMode.OpenOrCreate)))
        {
            FileLock.Take(report.SafeFileHandle, 0);
            spool.MakeRoom(0, removed.Add);
        }

        Assert.Equal([new EndedSegment(2, 0, 0)], removed);
        Assert.Equal(2, SpoolFile.List(Folders.Taken).Count);
    }

    [Fact]
    public void What_reports_that_failed_have_left_goes_first()
    {
        using var spool = new Spool(Folders, 1 << 20);
        spool.Begin().Write(new byte[300_000]);
        _ = spool.Next(new EndedSegment(3, 0, 0));
        foreach (int number in (int[])[1, 2])
            File.WriteAllBytes($"{Folders.Taken}/{SpoolFile.NameOf(number, new EndedSegment((ulong)number, 0, 0))}", new byte[400_000]);
        List<EndedSegment> removed = [];
        spool.MakeRoom(0, removed.Add);
        Assert.Equal([new EndedSegment(1, 0, 0)], removed);
        // And with nothing else to remove.
        spool.MakeRoom(900_000, removed.Add);
        Assert.Equal([1ul, 2, 3], removed.Select(segment => segment.Hits));
        Assert.Empty(Directory.GetFiles(Folders.Taken));
        Assert.Single(Directory.GetFiles(Folders.Spool));
    }

    [Fact]
    public void Where_no_segment_can_begin_the_one_before_is_finished_all_the_same()
    {
        using var spool = new Spool(Folders, 1 << 20);
        spool.Begin().Write(new byte[10]);
        File.WriteAllText($"{Folders.Spool}/0000000002.live", "");
        Assert.Throws<IOException>(() => spool.Next(new EndedSegment(3, 2, 1)));
        spool.Break(keep: 0);
        Assert.Equal((new EndedSegment(3, 2, 1), 10L), (SpoolFile.List(Folders.Spool)[0].Segment, SpoolFile.List(Folders.Spool)[0].Bytes));
    }

    [Fact]
    public void Numbers_go_on_behind_what_is_there()
    {
        File.WriteAllText($"{Folders.Spool}/{SpoolFile.NameOf(7, default)}", "");
        File.WriteAllText($"{Folders.Taken}/{SpoolFile.NameOf(9, default)}", "");
        using var spool = new Spool(Folders, 1 << 20);
        _ = spool.Begin();
        spool.End(default);
        Assert.Equal([7L, 10], SpoolFile.List(Folders.Spool).Select(f => f.Number));
    }

    [Fact]
    public void What_a_killed_recorder_left_counts_its_hits()
    {
        string live = $"{Folders.Spool}/0000000005.live";
        using (FileStream file = File.Create(live))
        using (var trace = new TraceWriter(file))
        {
            for (int i = 0; i < 42; i++)
                trace.AddHit((ulong)i, 0, 1, 1, 1);
            trace.Flush();
            trace.AddHit(100, 0, 1, 1, 1);
            trace.Flush();
        }

        // The last block is cut.
        using (FileStream file = File.OpenWrite(live))
            file.SetLength(file.Length - 1);
        File.WriteAllText($"{Folders.Spool}/0000000006.live", "");
        // Killed between taking a segment away and telling of it.
        File.WriteAllText($"{Folders.Spool}/{Path.ChangeExtension(SpoolFile.NameOf(1, new EndedSegment(9, 0, 0)), ".gone")}", "");
        Spool.Recover(Folders.Spool);
        Assert.Equal([(1L, new EndedSegment(9, 0, 0)), (5L, new EndedSegment(42, 0, 0))],
            SpoolFile.List(Folders.Spool).Select(file => (file.Number, file.Segment)));
        Assert.Equal(2, Directory.GetFiles(Folders.Spool).Length);
    }

    [Fact]
    public void What_a_failed_write_left_is_cut_off()
    {
        using var spool = new Spool(Folders, 1 << 20);
        Stream stream = spool.Begin();
        using var trace = new TraceWriter(stream);
        trace.AddHit(1, 0, 1, 1, 1);
        trace.Flush();
        long whole = trace.SegmentBytes;
        stream.Write(new byte[5]);
        spool.Break(whole);
        SpoolFile file = Assert.Single(SpoolFile.List(Folders.Spool));
        Assert.Equal((1ul, whole), (file.Segment.Hits, file.Bytes));
    }
}
