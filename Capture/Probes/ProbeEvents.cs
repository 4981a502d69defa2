using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Probes;

/// <summary>The open events of one probe: one per CPU for the machine, one per thread and CPU for a thread or process.</summary>
public sealed class ProbeEvents : IDisposable
{
    private readonly List<(int Cpu, PerfEvent Event)> events = [];

    internal ProbeEvents(Probe probe, in PerfEventAttr attr)
    {
        Probe = probe;
        Attr = attr;
        Layout = new SampleLayout(attr);
    }

    public Probe Probe { get; }

    /// <summary>The attribute the events were opened with (its pointers no longer point anywhere).</summary>
    public PerfEventAttr Attr { get; }

    /// <summary>Layout of the hits.</summary>
    public SampleLayout Layout { get; }

    /// <summary>
    /// True when the kernel lets through the target's hits and no others. False when the reader must drop those of
    /// other processes itself.
    /// </summary>
    public bool ExactInKernel { get; internal set; }

    /// <summary>Why <see cref="ExactInKernel"/> is false, for a person who wonders about the cost; or null.</summary>
    public string? WhyNotExact { get; internal set; }

    /// <summary>The events, with their CPUs.</summary>
    public IReadOnlyList<(int Cpu, PerfEvent Event)> Events => events;

    /// <summary>
    /// Makes the kernel drop hits of the idle task and of the given threads (the sampler's own: tracing what the
    /// tracer does feeds itself), replacing what was excluded before. Returns 0 or an errno; software events have no
    /// filter, for which this returns EOPNOTSUPP and the reader must drop them.
    /// </summary>
    public int Exclude(bool idle, ReadOnlySpan<int> tids)
    {
        if (Probe.Kind == ProbeKind.Software) return Errno.EOPNOTSUPP;
        var terms = new List<string>();
        if (idle) terms.Add("common_pid != 0");
        foreach (var tid in tids) terms.Add(string.Create(CultureInfo.InvariantCulture, $"common_pid != {tid}"));
        if (terms.Count == 0) return 0;
        var filter = string.Join(" && ", terms);
        foreach (var (_, perfEvent) in events)
            if (perfEvent.SetFilter(filter) is var errno and not 0) return errno;
        return 0;
    }

    /// <summary>Starts counting. Returns 0 or the errno of the first event that would not.</summary>
    public int Enable()
    {
        foreach (var (_, perfEvent) in events)
            if (perfEvent.Enable() is var errno and not 0) return errno;
        return 0;
    }

    /// <summary>Stops counting; what lies in the rings stays there to be read.</summary>
    public void Disable()
    {
        foreach (var (_, perfEvent) in events) _ = perfEvent.Disable();
    }

    /// <summary>
    /// How often the probe fired and how many hits found no room (0 on kernels before 6.0, which do not count them),
    /// since <see cref="Enable"/>. With a period above 1 the count is of events, not of hits.
    /// </summary>
    public (ulong Count, ulong Lost) Read()
    {
        ulong count = 0, lost = 0;
        foreach (var (_, perfEvent) in events)
        {
            if (perfEvent.TryRead(out var c, out var l) != 0) continue;
            count += c;
            lost += l;
        }

        return (count, lost);
    }

    public void Dispose()
    {
        // Closing a kprobe's last event waits for every CPU to leave it; all at once would be no faster.
        foreach (var (_, perfEvent) in events) perfEvent.Dispose();
        events.Clear();
    }

    internal void Add(int cpu, PerfEvent perfEvent) => events.Add((cpu, perfEvent));
}
