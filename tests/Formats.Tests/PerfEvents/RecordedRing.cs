using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

/// <summary>
/// Bytes of two rings as Linux 6.1 wrote them in a virtual machine, record after record, in one second in which a shell
/// in the cgroup /shop ran <c>cat | wc</c>, <c>ls</c> and <c>mkdir</c> of a cgroup: the hits of kprobe:vfs_read on CPU 1, and
/// the side-band records of CPU 0. Written out as <c>RingBuffer.TryPeek</c> showed them.
/// </summary>
internal static class RecordedRing
{
    private const SampleFormat Common = SampleFormat.Identifier | SampleFormat.Tid | SampleFormat.Time | SampleFormat.Cpu;

    public static byte[] Hits => Read("kprobe-hits.bin");

    public static byte[] SideBand => Read("side-band.bin");

    public static SampleLayout HitLayout { get; } = new(new PerfEventAttr
    {
        SampleType = Common | SampleFormat.Ip | SampleFormat.Callchain | SampleFormat.Cgroup,
        SampleIdAll = true,
    });

    public static SampleLayout SideBandLayout { get; } = new(new PerfEventAttr { SampleType = Common, SampleIdAll = true });

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "PerfEvents", name));
}
