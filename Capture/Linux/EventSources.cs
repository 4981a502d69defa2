using System.Globalization;

namespace Diagnose.Capture.Linux;

/// <summary>PMUs with numbers given at boot, in <c>/sys/bus/event_source/devices</c>.</summary>
public static class EventSources
{
    /// <summary>The PMU type of <c>kprobe</c>, <c>uprobe</c> and the like, or null when the kernel was built without it.</summary>
    public static uint? TypeOf(string pmu) =>
        uint.TryParse(KernelFile.ReadText($"/sys/bus/event_source/devices/{pmu}/type")?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var type)
            ? type
            : null;

    /// <summary>The bit of config that makes a kprobe or uprobe a return probe, from <c>format/retprobe</c>: <c>config:0</c>.</summary>
    public static ulong ReturnProbeBit(string pmu)
    {
        const string prefix = "config:";
        var text = KernelFile.ReadText($"/sys/bus/event_source/devices/{pmu}/format/retprobe")?.Trim();
        return text?.StartsWith(prefix, StringComparison.Ordinal) == true
            && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var bit) && bit < 64
                ? 1UL << bit
                : 1;
    }
}
