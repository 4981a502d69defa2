using System.Buffers;
using System.Text;
using Diagnose.Analyze.Report;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Recording;
using Diagnose.Capture.Tests.Linux;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

public sealed class HitLogTests : IDisposable
{
    private const ulong VfsRead = 0xffffffff81001000, DoSyscall = 0xffffffff81002000, Second = 1_000_000_000;

    private readonly PlayedKernelLog _device = new();
    private readonly PlayedRecording _played;

    public HitLogTests()
    {
        _played = new PlayedRecording(log: new KernelLog(_device));
        // The wall clock as the trace has it, a whole number of seconds ahead.
        var clock = new ClockRow(3, 1_700_000_000 * Second + 3);
        _played.Trace.Definitions.Clock(clock);
        _played.Log!.Clock = clock;
        _played.Named(1, 1, "init");
        _played.Fork(10, 10, 1, 1);
        _played.Named(10, 10, "shop", isExec: true);
    }

    public void Dispose() => _played.Dispose();

    [Fact]
    public void A_hit_reads_as_documented()
    {
        _played.Cgroup(77, "/system.slice/shop.service");
        _played.Hit(10, 10, time: 2 * Second + 5_000, cgroup: 77, chain: PlayedRecording.Chain([VfsRead + 5, DoSyscall + 8], [0x400010, 0]));
        _played.Flush();
        Assert.Equal(
            """
            KPROBE命中：PID： 10[shop]，时间：[1700000002:000005]
            ##CGROUP:[shop.service]  10      [001]  KPROBE命中，时间：[1700000002:000005]
                内核态堆栈：
            #@        0xffffffff81001005 vfs_read  ([kernel.kallsyms])
            #@        0xffffffff81002008 do_syscall  ([kernel.kallsyms])
                用户态堆栈：
            #~        0x400010 UNKNOWN ([symbol])
            #*        0xffffffffffffff shop (UNKNOWN)
                进程链信息：
            #^        0xffffffffffffff shop (UNKNOWN)
            #^        0xffffffffffffff init (UNKNOWN)
            ##

            """, _device.Text);
    }

    [Fact]
    public void The_log_says_what_the_report_says()
    {
        _played.Machine.Modules = "fresh 16384 0 - Live 0xffffffffc0001000\n";
        _played.Machine.Kallsyms += "ffffffffc0001100 t fresh_read\t[fresh]\nffffffffc0009000 t bpf_prog_1\t[bpf]\nffffffffc0009100 t bpf_end\t[bpf]\n";
        using var played = new PlayedRecording(_played.Machine, log: new KernelLog(_device));
        var clock = new ClockRow(5, 1_700_000_000 * Second + 12345);
        played.Trace.Definitions.Clock(clock);
        played.Log!.Clock = clock;
        played.Machine.PerfMaps[20] = "7f0000000000 100 jit method [x]\n7f0000000100 100 behind the call\n";
        played.Machine.CgroupOfProcess[20] = "/";
        played.Machine.Comms[(1, 1)] = "init";
        played.Fork(10, 10, 1, 1);
        played.Named(10, 10, "shop", isExec: true);
        played.Map(10, 0x400000, 0x2000, 0x1000, "/bin/shop");
        played.Fork(20, 20, 10, 10);
        played.Fork(20, 21, 20, 20);
        played.Named(20, 21, "bad\nname\x1b[m");
        played.Map(20, 0x7f0000000000, 0x1000, 0, "//anon");
        // A call that is its function's last instruction returns to where the next function begins.
        ulong[] shop = PlayedRecording.Chain([VfsRead + 5, DoSyscall], [0x400010, 0x400100, 0]);
        played.Hit(10, 10, time: 50, chain: shop);
        played.Flush();
        // Named already, and their chain known: neither may be missing from the later hits.
        played.Hit(10, 10, time: 1060, chain: shop);
        played.Hit(20, 20, time: 2070, chain: shop);
        played.Hit(20, 21, time: 3070, chain: PlayedRecording.Chain([0xffffffffc0001104, 0xffffffffc0009008, 0xffffffffc0002000], [0x7f0000000010, 0x7f0000000100]));
        // Nobody knows its name, its parent or its cgroup.
        played.Hit(99, 99, time: 4080, chain: [VfsRead]);
        played.Hit(10, -1, time: 5090, chain: PlayedRecording.Chain([VfsRead], [0x1234]));
        RecordedTrace trace = played.Read();
        Assert.Equal(Report(trace), _device.Text);
        Assert.Equal(6, trace.Hits.Count);
        Assert.Contains("fresh_read", _device.Text);
        Assert.Contains("jit method", _device.Text);
        Assert.Contains("bpf_prog_1", _device.Text);
        Assert.DoesNotContain("behind the call", _device.Text);
    }

    [Fact]
    public void Deep_stacks_are_whole()
    {
        ulong[] user = [.. Enumerable.Range(0, 200).Select(i => 0x400000UL + (ulong)i * 16)];
        _played.Map(10, 0x400000, 0x2000, 0x1000, "/bin/shop");
        for (ulong hit = 1; hit <= 3; hit++)
            _played.Hit(10, 10, time: hit * Second, chain: PlayedRecording.Chain([VfsRead + 5], user));
        RecordedTrace trace = _played.Read();
        Assert.Equal(Report(trace), _device.Text);
        Assert.Equal(0, _device.Dropped);
    }

    [Fact]
    public void A_flood_leaves_hits_out_and_says_how_many()
    {
        const int hits = 100_000;
        for (int i = 0; i < hits; i++)
            _played.Hit(10, 10, time: 10 * Second + (ulong)i * Second / 20_000);
        RecordedTrace trace = _played.Read();
        _played.Log!.Finish();
        Assert.Equal(hits, trace.Hits.Count);
        int shown = HitLogLimit.HitsAtOnce + 5 * HitLogLimit.HitsPerSecond - 1;
        Assert.Equal(shown, Count("KPROBE命中：PID"));
        Assert.Equal(shown, Count("##\n"));
        Assert.Equal(hits - shown, _played.Log.LeftOut);
        Assert.Equal(hits - shown, SaidLeftOut());
    }

    [Fact]
    public void Hits_that_turn_out_long_are_fewer()
    {
        _played.Cgroup(77, "/" + new string('g', HitLogLimit.BytesAtOnce * 2 / 3));
        for (int i = 0; i < 10; i++)
        {
            _played.Hit(10, 10, time: Second, cgroup: 77);
            _played.Flush();
        }

        Assert.Equal(2, Count("##\n"));
    }

    [Fact]
    public void The_number_of_a_hit_counts_those_that_were_left_out()
    {
        for (int i = 0; i < 500; i++)
            _played.Hit(10, 10, time: Second);
        _played.Hit(10, 10, time: 60 * Second);
        _played.Flush();
        Assert.Contains("[501]  KPROBE", _device.Text);
        Assert.DoesNotContain("[500]  KPROBE", _device.Text);
    }

    [Fact]
    public void What_was_left_out_is_said_now_and_then_and_at_the_end()
    {
        foreach (ulong now in (ulong[])[100 * Second, 101 * Second, 104 * Second, 105 * Second, 106 * Second])
        {
            for (int i = 0; i < 50; i++)
                _played.Hit(10, 10, time: 1);
            _played.Now = now;
            _played.Flush();
        }

        const string rest = " left out of the kernel log; the trace has them\n";
        Assert.Equal(["30 hits" + rest, "150 hits" + rest], LeftOutLines());
        _played.Log!.Finish();
        _played.Log.Finish();
        Assert.Equal(["30 hits" + rest, "150 hits" + rest, "50 hits" + rest], LeftOutLines());
    }

    [Fact]
    public void A_log_that_cannot_be_written_costs_no_hit_of_the_trace()
    {
        _device.WriteErrno = Errno.EPERM;
        _played.Hit(10, 10, time: 5);
        _played.Hit(10, 10, time: 6);
        RecordedTrace trace = _played.Read();
        Assert.Equal(2, trace.Hits.Count);
        Assert.Equal(2, _played.Log!.LeftOut);
        Assert.Equal([$"cannot write to the kernel log: {Errno.Text(Errno.EPERM)}"], _played.Said);
    }

    [Fact]
    public void A_hit_that_is_left_out_costs_no_memory()
    {
        byte[] record = PlayedRecording.Sample(10, 10, Second, 0, PlayedRecording.Chain([VfsRead, DoSyscall], [0x400010]));
        long least = long.MaxValue;
        for (int round = 0; round < 6; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10_000; i++)
                _played.Recorder.Sample(record, RecordedRing.HitLayout);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static string Report(RecordedTrace trace)
    {
        var output = new ArrayBufferWriter<byte>();
        new TraceReport(trace.Reader).Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private int Count(string part) => _device.Text.Split(part).Length - 1;

    private string[] LeftOutLines() =>
        [.. _device.Records.Where(r => r.StartsWith("diagnose-tools kprobe: ", StringComparison.Ordinal)).Select(r => r["diagnose-tools kprobe: ".Length..])];

    private int SaidLeftOut() => LeftOutLines().Sum(line => int.Parse(line.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
}
