using CsCheck;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

public sealed class RecorderTests
{
    private const ulong VfsRead = 0xffffffff81001000, DoSyscall = 0xffffffff81002000;

    [Fact]
    public void Hits_go_through_the_trace_with_context_chain_and_names()
    {
        using var played = new PlayedRecording();
        played.Named(1, 1, "init");
        played.Fork(10, 10, 1, 1);
        played.Named(10, 10, "shop", isExec: true);
        played.Cgroup(77, "/shop");
        played.Map(10, 0x400000, 0x2000, 0x1000, "/bin/shop");
        ulong[] chain = PlayedRecording.Chain([VfsRead + 5, DoSyscall], [0x400010, 0x400100]);
        played.Hit(10, 10, time: 5, cgroup: 77, chain: chain);
        played.Hit(10, 10, time: 9, cgroup: 77, chain: chain, cpu: 1);
        RecordedTrace trace = played.Read();
        Assert.Equal([5UL, 9UL], trace.Hits.Select(hit => hit.Time));
        Assert.Equal("10/shop in /shop: shop(10) < init(1)", trace.Who(0));
        // The return address at the very start of do_syscall belongs to the call in vfs_read, which lies before it.
        Assert.Equal("[kernel.kallsyms]+1005 vfs_read; [kernel.kallsyms]+2000 vfs_read; shop+1010; shop+1100", trace.Stack(0));
        Assert.Equal(trace.Hits[0].Stack, trace.Hits[1].Stack);
    }

    [Fact]
    public void A_known_chain_of_a_known_thread_costs_no_memory()
    {
        using var played = new PlayedRecording();
        played.Named(10, 10, "shop", isExec: true);
        played.Map(10, 0x400000, 0x2000, 0, "/bin/shop");
        byte[] record = PlayedRecording.Sample(10, 10, 5, 23, PlayedRecording.Chain([VfsRead, DoSyscall], [0x400010, 0x400100]));
        // The runtime allocates while it compiles what runs often; a cost per hit would show in every round.
        long least = long.MaxValue;
        for (int round = 0; round < 6; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10_000; i++)
                played.Recorder.Sample(record, RecordedRing.HitLayout);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void A_full_block_is_written_and_the_next_begun()
    {
        using var played = new PlayedRecording();
        for (int i = 0; i < HitBlockBuilder.Capacity + 10; i++)
            played.Hit(10, 10, time: (ulong)i + 1);
        RecordedTrace trace = played.Read();
        Assert.Equal(2, trace.Reader.HitBlocks.Count);
        Assert.Equal(HitBlockBuilder.Capacity + 10, trace.Hits.Count);
    }

    [Fact]
    public void Filters_keep_what_they_name()
    {
        Assert.Equal("10 11", Kept(new HitFilter(Tgid: 10, 0, 0, 0)));
        Assert.Equal("11", Kept(new HitFilter(0, Pid: 11, 0, 0)));
        Assert.Equal("10 11 20", Kept(new HitFilter(0, 0, 0, Self: 30)));
        Assert.Equal("10 11 20 30", Kept(default));

        static string Kept(HitFilter filter)
        {
            using var played = new PlayedRecording(filter: filter);
            foreach ((int pid, int tid) in ((int, int)[])[(0, 0), (10, 10), (10, 11), (20, 20), (30, 30)])
                played.Hit(pid, tid, time: (ulong)tid + 1);
            RecordedTrace trace = played.Read();
            Assert.Equal(5, trace.Hits.Count + (int)played.Recorder.Filtered);
            return string.Join(' ', trace.Hits.Select(hit => trace.Definitions.Context(hit.Context).Tid));
        }
    }

    [Fact]
    public void A_name_filter_means_the_process_whatever_its_workers_are_called()
    {
        // The first string of every such trace is the probe; the name that is asked for comes next.
        const int name = 2;
        using var played = new PlayedRecording(filter: new HitFilter(0, 0, name, 0));
        Assert.Equal(name, played.Comm("shop"));
        played.Named(10, 10, "shop", isExec: true);
        played.Fork(10, 11, 10, 10);
        played.Named(10, 11, "worker");
        played.Named(20, 20, "other", isExec: true);
        played.Fork(20, 21, 20, 20);
        played.Named(20, 21, "shop");
        played.Hit(10, 10, time: 1);
        played.Hit(10, 11, time: 2);
        played.Hit(20, 20, time: 3);
        played.Hit(20, 21, time: 4);
        played.Named(10, 10, "renamed");
        played.Hit(10, 11, time: 5);
        RecordedTrace trace = played.Read();
        Assert.Equal(["10/shop in : shop(10)", "11/worker in : shop(10)"], [trace.Who(0), trace.Who(1)]);
        Assert.Equal(2, trace.Hits.Count);
    }

    [Fact]
    public void What_Linux_recorded_becomes_a_trace()
    {
        using var played = new PlayedRecording();
        Feed(RecordedRing.SideBand, played, hits: false);
        Feed(RecordedRing.Hits, played, hits: true);
        RecordedTrace trace = played.Read();
        Assert.Equal(31, trace.Hits.Count);
        Assert.Equal(0UL, played.Losses.Hits + played.Losses.SideBand);
        Assert.Contains("cat", Enumerable.Range(1, trace.Rows(TableId.Strings)).Select(trace.Text));
    }

    [Fact]
    public void Losses_are_counted_and_left_in_the_trace()
    {
        using var played = new PlayedRecording();
        byte[] lost = PlayedRecording.Trailer(new RecordBytes(RecordKind.Lost).U64(7, 12), 1, 1, 50);
        played.SideBand(lost, isHitRing: true);
        played.SideBand(lost, isHitRing: false);
        played.SideBand(PlayedRecording.Trailer(new RecordBytes(RecordKind.Throttle).U64(60, 7, 7), 1, 1, 60), isHitRing: true);
        played.Recorder.Sample(new RecordBytes(RecordKind.Sample).U64(1).Build(), RecordedRing.HitLayout);
        played.Losses.Settle(100, 10);
        Assert.Equal((13UL, 12UL, 1UL), (played.Losses.Hits, played.Losses.SideBand, played.Losses.Throttled));
        played.Losses.Settle(100, 15);
        Assert.Equal(15UL, played.Losses.Hits);
        RecordedTrace trace = played.Read();
        Assert.Equal(
            [new(50, 0, 1, LossReason.RingFull, 12), new(60, 0, 1, LossReason.Throttled, 0), new(0, 0, 1, LossReason.Malformed, 1),
                new(100, 0, 1, LossReason.RingFull, 2)],
            Enumerable.Range(1, trace.Rows(TableId.Losses)).Select(trace.Definitions.Loss));
    }

    [Fact]
    public void Contexts_without_number_are_not_all_remembered()
    {
        var definitions = new DefinitionWriter();
        int first = definitions.Context(new ContextRow(1, 0, 0, 0, 0));
        Assert.Equal(first, definitions.Context(new ContextRow(1, 0, 0, 0, 0)));
        for (uint tid = 1; tid <= DefinitionWriter.MostRemembered + 1; tid++)
            definitions.Context(new ContextRow(tid, 0, 0, 0, 0));
        Assert.NotEqual(first, definitions.Context(new ContextRow(1, 0, 0, 0, 0)));
    }

    [Fact]
    public void Records_of_any_bytes_are_taken_or_counted_and_never_throw() =>
        Gen.Select(Gen.UInt[0, 22], Gen.Byte.Array[0, 300], Gen.Bool, Gen.Int[0, 3]).Array[1, 60].Sample(records =>
        {
            using var played = new PlayedRecording();
            foreach ((uint kind, byte[] bytes, bool isSample, int small) in records)
            {
                // Small ids and addresses make records meet each other.
                if (small > 0)
                {
                    for (int i = 0; i < bytes.Length; i++)
                        bytes[i] = (byte)(i % small == 0 ? bytes[i] % 4 : 0);
                }

                byte[] record = new RecordBytes(isSample ? RecordKind.Sample : (RecordKind)kind, (RecordMisc)(bytes.Length << 6)).Bytes(bytes).Build();
                if (isSample)
                    played.Recorder.Sample(record, RecordedRing.HitLayout);
                else
                    played.SideBand(record, isHitRing: small == 0);
            }

            played.Flush();
            played.Processes.Sweep(ulong.MaxValue);
        }, iter: 3000);

    [Fact]
    public void Every_flipped_byte_of_recorded_rings_is_survived()
    {
        byte[] sideBand = RecordedRing.SideBand, hits = RecordedRing.Hits;
        using var played = new PlayedRecording();
        foreach (byte[] ring in (byte[][])[sideBand, hits])
        {
            for (int at = 0; at < ring.Length; at += 3)
            {
                ring[at] ^= 0xff;
                Feed(ring, played, hits: ring == hits);
                ring[at] ^= 0xff;
                played.Flush();
            }
        }
    }

    private static void Feed(byte[] ring, PlayedRecording played, bool hits)
    {
        var reader = new RecordReader(ring);
        while (reader.MoveNext())
        {
            if (reader.Kind == RecordKind.Sample && hits)
                played.Recorder.Sample(reader.Current, RecordedRing.HitLayout);
            else
                played.Recorder.SideBand(reader.Current, hits ? RecordedRing.HitLayout : RecordedRing.SideBandLayout, hits);
        }
    }
}
