using Diagnose.Capture.Commands;
using Diagnose.Capture.Probes;
using Diagnose.Capture.Recording;

namespace Diagnose.Capture.Tests.Recording;

public class RecordingSourceTests
{
    [Theory]
    [InlineData("software:cpu-clock", 0, 10_000_000, null)]
    [InlineData("software:context-switches", 0, 10, null)]
    // Each thread of a process has counters of its own in the kernel: it cannot count for the CPU.
    [InlineData("software:context-switches", 1, 1, 10ul)]
    public void One_hit_of_a_step_is_kept_on_each_cpu(string text, int ofUs, ulong period, ulong? bySampler)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("only root may watch the whole machine");
        Assert.True(Probe.TryParse(text, out Probe? probe, out _));
        var request = new RecordingRequest { Probe = probe!, Step = 10, RingMegabytes = 1, Tgid = ofUs * Environment.ProcessId };
        using RecordingSource? source = RecordingSource.Open(request, new ElfSymbolOffsets(), null, out ProbeFailure? failure);
        Assert.True(source is not null, failure?.Message);
        Assert.Equal((period, bySampler), (source.Events.Attr.SamplePeriod, source.Step?.Step));
    }
}
