using System.Buffers;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.PerfScript;

/// <summary>What kind of event a name that perf prints stands for.</summary>
public static class PerfScriptEvent
{
    private static readonly string[] s_software =
    [
        "cpu-clock", "task-clock", "page-faults", "faults", "context-switches", "cs", "cpu-migrations", "migrations",
        "minor-faults", "major-faults", "alignment-faults", "emulation-faults", "bpf-output", "cgroup-switches", "dummy",
    ];

    private static readonly string[] s_hardware =
    [
        "cycles", "cpu-cycles", "instructions", "cache-references", "cache-misses", "branches", "branch-instructions",
        "branch-misses", "bus-cycles", "ref-cycles", "stalled-cycles-frontend", "idle-cycles-frontend",
        "stalled-cycles-backend", "idle-cycles-backend",
    ];

    private static readonly SearchValues<byte> s_modifiers = SearchValues.Create("ukhIGHpPSDWeb"u8);

    /// <summary>By the names that perf gives the kernel's events, and the groups that it makes its probes in.</summary>
    public static EventKind KindOf(ReadOnlySpan<byte> name)
    {
        int colon = name.IndexOf((byte)':');
        ReadOnlySpan<byte> plain = colon < 0 ? name : name[..colon];
        if (IsOneOf(s_hardware, plain) || plain.StartsWith("cpu/"u8) || plain.StartsWith("cpu_"u8))
            return EventKind.Hardware;
        if (plain.IndexOf((byte)'/') is var slash and > 0)
            plain = plain[..slash];
        if (IsOneOf(s_software, plain))
            return EventKind.Software;
        if (IsOneOf(s_hardware, plain))
            return EventKind.Hardware;
        if (!IsTracepoint(name))
            return EventKind.Other;
        ReadOnlySpan<byte> behind = name[(colon + 1)..];
        bool isReturn = behind.EndsWith("__return"u8);
        if (plain.SequenceEqual("probe"u8))
            return isReturn ? EventKind.Kretprobe : EventKind.Kprobe;
        if (plain.SequenceEqual("kprobes"u8))
            return behind.StartsWith("r_"u8) ? EventKind.Kretprobe : EventKind.Kprobe;
        if (plain.SequenceEqual("uprobes"u8))
            return behind.StartsWith("r_"u8) ? EventKind.Uretprobe : EventKind.Uprobe;
        if (plain.StartsWith("probe_"u8))
            return isReturn ? EventKind.Uretprobe : EventKind.Uprobe;
        return plain.StartsWith("sdt_"u8) ? EventKind.Uprobe : EventKind.Tracepoint;
    }

    /// <summary>
    /// Whether a name is that of a tracepoint or of a probe, <c>GROUP:NAME</c>; <c>cycles:u</c> and <c>mem:0x1000:rw</c> have
    /// modifiers behind their colon.
    /// </summary>
    internal static bool IsTracepoint(ReadOnlySpan<byte> name)
    {
        int colon = name.IndexOf((byte)':');
        return colon > 0 && name[(colon + 1)..].IndexOfAnyExcept(s_modifiers) >= 0
            && !name.StartsWith("mem:"u8) && name[..colon].IndexOf((byte)'/') < 0;
    }

    private static bool IsOneOf(string[] names, ReadOnlySpan<byte> name)
    {
        foreach (string known in names)
        {
            if (System.Text.Ascii.Equals(name, known))
                return true;
        }

        return false;
    }
}
