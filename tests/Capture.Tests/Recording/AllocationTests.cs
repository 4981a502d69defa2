using Diagnose.Capture.Recording;
using Diagnose.Formats.Tests;
using Diagnose.Formats.Tests.PerfEvents;

namespace Diagnose.Capture.Tests.Recording;

public sealed class AllocationTests
{
    private const int HitsPerRound = 6000, Chains = 50;

    [Fact]
    public void Hits_with_known_chains_of_known_threads_go_from_the_rings_into_the_trace_without_costing_memory()
    {
        using var played = new PlayedRecording();
        for (int pid = 10; pid < 14; pid++)
        {
            played.Named(pid, pid, "shop", isExec: true);
            played.Map(pid, 0x400000, 0x2000, 0, "/bin/shop");
        }

        var merge = new RingMerge();
        PlayedRing[] rings = [new(4 << 20), new(4 << 20)];
        foreach (PlayedRing ring in rings)
            merge.Add(ring.Buffer, RecordedRing.HitLayout, RecordedRing.SideBandLayout);
        // All rounds together fill no block: what that takes is measured where blocks are written.
        for (int hit = 0; hit < 7 * HitsPerRound; hit++)
        {
            int chain = hit % Chains;
            rings[hit % 2].Write(PlayedRecording.Sample(10 + hit % 4, 10 + hit % 4, (ulong)hit + 1, 23, PlayedRecording.Chain(
                [0xffffffff81001000, 0xffffffff81002000 + (ulong)chain], [0x400010, 0x400100 + (ulong)chain]), cpu: hit % 2));
        }

        ulong cut = HitsPerRound + 1;
        merge.Drain(cut, played.Recorder);
        Assert.Equal(0, Allocated.LeastOf(() =>
        {
            cut += HitsPerRound;
            while (!merge.Drain(cut, played.Recorder))
                continue;
        }));
        Assert.Equal(7UL * HitsPerRound, played.Trace.Hits);
        Assert.Equal((0UL, null), (played.Losses.Hits, merge.Error));
    }
}
