using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Tests.Probes;

/// <summary>Opens real events on the running kernel.</summary>
public sealed class LiveProbeTests
{
    private readonly PerfFeatures features = PerfFeatures.Detect();

    [Fact]
    public void A_process_is_followed_into_threads_it_starts_later_each_hit_once_and_no_other_process_is_seen()
    {
        using var rings = OpenRings();
        Assert.True(Probe.TryParse("software:page-faults", out var probe, out _));
        Assert.True(new ProbeOpener(features).TryOpen(probe!, ProbeTarget.Process(Environment.ProcessId), rings, 0, out var events, out var failure), failure?.Message);
        using (events)
        {
            if (!events!.ExactInKernel) Assert.Skip(events.WhyNotExact!);
            Assert.Equal(0, events.Enable());
            const int pages = 200;
            var tid = 0;
            var thread = new Thread(() =>
            {
                tid = int.Parse(Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget!), System.Globalization.CultureInfo.InvariantCulture);
                Touch(pages);
            });
            thread.Start();
            thread.Join();
            events.Disable();

            var seen = new HashSet<(int Tid, ulong Time, ulong Ip)>();
            var hits = 0;
            foreach (var (cpu, _, ring) in rings.Rings)
            {
                while (ring.TryPeek(out var record))
                {
                    if (RecordReader.KindOf(record) == RecordKind.Sample)
                    {
                        Assert.True(events.Layout.TryParseSample(record, out var hit));
                        Assert.Equal((Environment.ProcessId, cpu), (hit.Pid, hit.Cpu));
                        Assert.True(seen.Add((hit.Tid, hit.Time, hit.Ip)));
                        if (hit.Tid == tid) hits++;
                    }

                    ring.Advance();
                }

                ring.Publish();
                Assert.Null(ring.Error);
            }

            Assert.True(hits >= pages, $"{hits} hits of the thread's {pages} faults");
            var (count, lost) = events.Read();
            Assert.Equal(((ulong)seen.Count, 0UL), (count, lost));
        }
    }

    [Fact]
    public void The_side_band_tells_of_a_command_from_its_fork_to_its_exit()
    {
        if (!PerCpuRings.TryOpenSideBand(features, CpuList.Online, 1 << 20, out var side, out var failure)) Assert.Skip(failure!.Message);
        using (side)
        {
            Assert.Equal(0, side!.Enable());
            using (var process = System.Diagnostics.Process.Start("true")) process.WaitForExit();
            side.Disable();
            bool exec = false, exit = false, map = false;
            foreach (var (_, _, ring) in side.Rings)
                for (; ring.TryPeek(out var record); ring.Advance())
                {
                    Assert.True(side.Layout.TryParseSampleId(record, out _));
                    exec |= RecordReader.KindOf(record) == RecordKind.Comm && CommRecord.TryParse(record, side.Layout, out var comm)
                        && comm.IsExec && comm.Comm.SequenceEqual("true"u8);
                    map |= RecordReader.KindOf(record) == RecordKind.Mmap2 && Mmap2Record.TryParse(record, side.Layout, out var mmap)
                        && mmap.Filename.EndsWith("/true"u8) && mmap.HasBuildId == features.BuildId;
                    exit |= RecordReader.KindOf(record) == RecordKind.Exit;
                }

            Assert.Equal((true, true, true), (exec, map, exit));
        }
    }

    [Fact]
    public void A_target_that_does_not_exist_is_named()
    {
        using var rings = OpenRings();
        Assert.True(Probe.TryParse("software:page-faults", out var probe, out _));
        var opener = new ProbeOpener(features);
        Assert.False(opener.TryOpen(probe!, ProbeTarget.Process(1 << 23), rings, 0, out _, out var failure));
        Assert.Equal("there is no process 8388608", failure!.Message);
        Assert.False(opener.TryOpen(probe!, ProbeTarget.Thread(1 << 23), rings, 0, out _, out failure));
        Assert.Equal((Errno.ESRCH, "there is no thread 8388608"), (failure!.Errno, failure.Message));
    }

    private static unsafe void Touch(int pages)
    {
        var bytes = (nuint)(pages * Environment.SystemPageSize);
        var memory = (byte*)Libc.Mmap(null, bytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        for (var page = 0; page < pages; page++) memory[page * Environment.SystemPageSize] = 1;
        _ = Libc.Munmap(memory, bytes);
    }

    private static PerCpuRings OpenRings()
    {
        if (!PerCpuRings.TryOpen(CpuList.Online, 1 << 20, out var rings, out var failure)) Assert.Skip(failure!.Message);
        return rings!;
    }
}
