using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Live;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Live;

/// <summary>A recorder played: its files grow, are renamed, are taken away, while somebody looks.</summary>
public sealed class LiveSpoolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spool").FullName;
    private readonly RecentHits _hits = new(HitFilters.None, windowNs: 1000);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A segment whose hits are at the moments of a range, in blocks of ten.</summary>
    private static byte[] Segment(int from, int hits) => SyntheticTrace.Write(writer =>
    {
        for (int i = 0; i < hits; i++)
        {
            writer.AddHit((ulong)(from + i), 0, 1, 0, 0);
            if (i % 10 == 9)
                writer.Flush();
        }
    });

    private long Look(LiveSpool spool, ulong now)
    {
        long before = _hits.All;
        spool.Look((segment, from) => _hits.Add(segment, from, now));
        return _hits.All - before;
    }

    private string Live(int number) => Path.Combine(_folder, $"{number:D10}.live");

    private static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Append);
        file.Write(bytes);
    }

    [Fact]
    public void Every_hit_is_seen_once_whatever_happens_to_the_files()
    {
        using var spool = new LiveSpool(_folder);
        Assert.False(spool.TryStart());
        byte[] first = Segment(1000, 100);
        TraceReader whole = SyntheticTrace.Open(first);
        // In the middle of a block's header, then of its payload, then with it whole.
        int at = (int)whole.HitBlocks[4].Offset + 7;
        File.WriteAllBytes(Live(7), first[..at]);
        Assert.True(spool.TryStart());
        Assert.Equal(40, Look(spool, 1100));
        Assert.Equal(0, Look(spool, 1100));
        Append(Live(7), first.AsSpan(at, 50));
        Assert.Equal(0, Look(spool, 1100));
        Append(Live(7), first.AsSpan(at + 50, 60));
        Assert.InRange(Look(spool, 1100), 0, 10);
        at += 110;
        // The rest comes, a report takes the file away, and the recorder has begun the next.
        Append(Live(7), first.AsSpan(at));
        File.Move(Live(7), Path.Combine(_folder, "0000000007-100-0-0.dtt"));
        File.Delete(Path.Combine(_folder, "0000000007-100-0-0.dtt"));
        File.WriteAllBytes(Live(8), Segment(1100, 30));
        Look(spool, 1200);
        Assert.Equal(130, _hits.All);
        // Ended between two looks, and another one after it.
        File.Move(Live(8), Path.Combine(_folder, "0000000008-30-0-0.dtt"));
        File.WriteAllBytes(Path.Combine(_folder, "0000000009-20-0-0.dtt"), Segment(1130, 20));
        File.WriteAllBytes(Live(10), []);
        Assert.Equal(20, Look(spool, 1200));
        Assert.Equal(150, _hits.Functions(1200).Hits);
    }

    [Fact]
    public void What_was_hit_before_the_window_is_not_shown_and_goes_when_it_is_behind()
    {
        File.WriteAllBytes(Live(1), Segment(1000, 100));
        using var spool = new LiveSpool(_folder);
        Assert.True(spool.TryStart());
        // Blocks of ten: those that begin from 1050 on.
        Assert.Equal(50, Look(spool, 2050));
        Assert.Equal(50, _hits.Functions(2050).Hits);
        Assert.Equal(0, _hits.Functions(2050 + 1001).Hits);
        Assert.Equal(50, _hits.All);
    }

    [Fact]
    public void Somebody_who_looks_away_for_longer_than_the_window_still_sees_every_hit_once()
    {
        File.WriteAllBytes(Live(1), Segment(1000, 10));
        using var spool = new LiveSpool(_folder);
        Assert.True(spool.TryStart());
        Assert.Equal(10, Look(spool, 1010));
        Assert.Equal(10, _hits.Functions(1010).Hits);
        for (int look = 1; look <= 3; look++)
        {
            // Three windows later, with all but the last of the hits older than one.
            int begin = 1000 + 3000 * look;
            File.WriteAllBytes(Live(look + 1), Segment(begin - 2900, 20));
            Assert.Equal(20, Look(spool, (ulong)begin));
            Assert.Equal(20, _hits.Functions((ulong)begin).Hits);
        }

        Assert.Equal(70, _hits.All);
    }

    [Theory]
    [InlineData("read", 3, null)]
    [InlineData("vfs_write", 2, null)]
    [InlineData("open", 0, "there is no event 'open'; there are: vfs_read, vfs_write")]
    [InlineData("vfs", 5, "there is more than one event with 'vfs'; there are: vfs_read, vfs_write")]
    public void Hits_of_one_event_can_be_watched(string wanted, long expected, string? problem)
    {
        byte[] file = SyntheticTrace.Write(writer =>
        {
            int read = writer.Definitions.Event(new EventRow(writer.Definitions.String("vfs_read"), EventKind.Kprobe, 1));
            int write = writer.Definitions.Event(new EventRow(writer.Definitions.String("vfs_write"), EventKind.Kprobe, 1));
            for (int i = 0; i < 5; i++)
                writer.AddHit((ulong)(1000 + i), 0, i < 3 ? read : write, 0, 0);
        });
        var hits = new RecentHits(new HitFilters { Events = [wanted] }, windowNs: 1000);
        Assert.Null(hits.Problem);
        hits.Add(SyntheticTrace.Open(file), 0, 1010);
        Assert.Equal((expected, problem), (hits.Functions(1010).Hits, hits.Problem));
    }

    [Fact]
    public void Garbage_in_the_folder_is_passed_over()
    {
        File.WriteAllBytes(Live(1), [1, 2, 3]);
        File.WriteAllText(Path.Combine(_folder, "x.live"), "");
        File.WriteAllText(Path.Combine(_folder, "0000000001-x.gone"), "");
        using var spool = new LiveSpool(_folder);
        Assert.True(spool.TryStart());
        Assert.Equal(0, Look(spool, 10));
    }
}
