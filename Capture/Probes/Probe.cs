using System.Globalization;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Probes;

/// <summary>What kind of event a probe is.</summary>
public enum ProbeKind
{
    /// <summary>Entry of, or an instruction in, a kernel function.</summary>
    Kprobe,

    /// <summary>Return of a kernel function.</summary>
    Kretprobe,

    /// <summary>Entry of, or an instruction in, a function of a program or library.</summary>
    Uprobe,

    /// <summary>Return of a function of a program or library.</summary>
    Uretprobe,

    /// <summary>A place that the kernel's authors marked.</summary>
    Tracepoint,

    /// <summary>A counter of the kernel's own.</summary>
    Software,
}

/// <summary>
/// A probe as a person writes it:
/// <code>
/// NAME[+OFFSET]                            a kernel function; one in a module is written the same way
/// kprobe:NAME[+OFFSET]                     the same
/// kretprobe:NAME
/// uprobe:FILE:SYMBOL[+OFFSET]              uretprobe: likewise
/// uprobe:FILE:+OFFSET                      an offset in the file
/// tracepoint:SYSTEM:NAME
/// software:NAME
/// </code>
/// Offsets are bytes, decimal or 0x and hexadecimal.
/// </summary>
public sealed record Probe
{
    private static readonly (string Name, SoftwareEvent Event)[] software =
    [
        ("cpu-clock", SoftwareEvent.CpuClock),
        ("task-clock", SoftwareEvent.TaskClock),
        ("page-faults", SoftwareEvent.PageFaults),
        ("minor-faults", SoftwareEvent.MinorFaults),
        ("major-faults", SoftwareEvent.MajorFaults),
        ("context-switches", SoftwareEvent.ContextSwitches),
        ("cpu-migrations", SoftwareEvent.CpuMigrations),
        ("alignment-faults", SoftwareEvent.AlignmentFaults),
        ("emulation-faults", SoftwareEvent.EmulationFaults),
    ];

    public required ProbeKind Kind { get; init; }

    /// <summary>Function, symbol (empty for an offset in the file), tracepoint or software event.</summary>
    public required string Name { get; init; }

    /// <summary>Program or library of a uprobe, or empty.</summary>
    public string File { get; init; } = "";

    /// <summary>System of a tracepoint, or empty.</summary>
    public string System { get; init; } = "";

    /// <summary>Bytes from the start of the function, or of the file when <see cref="Name"/> is empty.</summary>
    public ulong Offset { get; init; }

    /// <summary>The event of a <see cref="ProbeKind.Software"/> probe.</summary>
    public SoftwareEvent Software => software.First(s => s.Name == Name).Event;

    /// <summary>True for clocks, whose period is nanoseconds.</summary>
    public bool IsClock => Kind == ProbeKind.Software && Software is SoftwareEvent.CpuClock or SoftwareEvent.TaskClock;

    /// <summary>Events per hit when nobody says otherwise: every one, but a millisecond for a clock.</summary>
    public ulong DefaultPeriod => IsClock ? 1_000_000UL : 1;

    /// <summary>Reads a probe; on failure <paramref name="error"/> is one line that says what is wrong with it.</summary>
    public static bool TryParse(string text, out Probe? probe, out string error)
    {
        probe = null;
        error = "";
        if (text.Length == 0) return Fail("the probe is empty; write a kernel function such as vfs_read", out error);
        if (text.AsSpan().ContainsAny('\0', '\n')) return Fail("the probe holds a control character", out error);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var rest = text[(colon + 1)..];
        return (colon < 0 ? "kprobe" : text[..colon]) switch
        {
            "kprobe" => TryParseKernel(ProbeKind.Kprobe, text, rest, out probe, out error),
            "kretprobe" => TryParseKernel(ProbeKind.Kretprobe, text, rest, out probe, out error),
            "uprobe" => TryParseUser(ProbeKind.Uprobe, text, rest, out probe, out error),
            "uretprobe" => TryParseUser(ProbeKind.Uretprobe, text, rest, out probe, out error),
            "tracepoint" => TryParseTracepoint(text, rest, out probe, out error),
            "software" => TryParseSoftware(text, rest, out probe, out error),
            var kind => Fail($"'{kind}' in '{text}' is no kind of probe; there are kprobe, kretprobe, uprobe, uretprobe, tracepoint and software", out error),
        };
    }

    /// <summary>The canonical text: with its kind, and the offset as 0x and hexadecimal when there is one.</summary>
    public override string ToString()
    {
        var offset = Offset == 0 && Name.Length > 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"+0x{Offset:x}");
        return Kind switch
        {
            ProbeKind.Kprobe => $"kprobe:{Name}{offset}",
            ProbeKind.Kretprobe => $"kretprobe:{Name}",
            ProbeKind.Uprobe => $"uprobe:{File}:{Name}{offset}",
            ProbeKind.Uretprobe => $"uretprobe:{File}:{Name}{offset}",
            ProbeKind.Tracepoint => $"tracepoint:{System}:{Name}",
            _ => $"software:{Name}",
        };
    }

    private static bool TryParseKernel(ProbeKind kind, string text, string rest, out Probe? probe, out string error)
    {
        probe = null;
        if (!TrySplitOffset(text, rest, out var name, out var offset, out error)) return false;
        if (name.Length == 0) return Fail($"'{text}' names no kernel function", out error);
        if (!IsKernelSymbol(name)) return Fail($"'{name}' in '{text}' cannot be the name of a kernel function", out error);
        if (kind == ProbeKind.Kretprobe && offset != 0) return Fail($"'{text}': a function returns from one place, so kretprobe takes no offset", out error);
        probe = new Probe { Kind = kind, Name = name, Offset = offset };
        return true;
    }

    private static bool TryParseUser(ProbeKind kind, string text, string rest, out Probe? probe, out string error)
    {
        probe = null;
        // A path may hold a colon; the name of a symbol as it stands in the file does not.
        var colon = rest.LastIndexOf(':');
        if (colon <= 0) return Fail($"'{text}' must be {(kind == ProbeKind.Uprobe ? "uprobe" : "uretprobe")}:FILE:SYMBOL or FILE:+OFFSET", out error);
        if (!TrySplitOffset(text, rest[(colon + 1)..], out var name, out var offset, out error)) return false;
        if (name.Length == 0 && offset == 0) return Fail($"'{text}' names neither a symbol nor an offset after '{rest[..colon]}:'", out error);
        probe = new Probe { Kind = kind, File = rest[..colon], Name = name, Offset = offset };
        return true;
    }

    private static bool TryParseTracepoint(string text, string rest, out Probe? probe, out string error)
    {
        probe = null;
        error = "";
        var parts = rest.Split(':');
        if (parts.Length != 2 || !parts.All(IsTracepointName)) return Fail($"'{text}' must be tracepoint:SYSTEM:NAME, such as tracepoint:sched:sched_switch", out error);
        probe = new Probe { Kind = ProbeKind.Tracepoint, System = parts[0], Name = parts[1] };
        return true;
    }

    private static bool TryParseSoftware(string text, string rest, out Probe? probe, out string error)
    {
        probe = null;
        error = "";
        if (!software.Any(s => s.Name == rest))
            return Fail($"'{rest}' in '{text}' is no software event; there are {string.Join(", ", software.Select(s => s.Name))}", out error);
        probe = new Probe { Kind = ProbeKind.Software, Name = rest };
        return true;
    }

    private static bool TrySplitOffset(string text, string rest, out string name, out ulong offset, out string error)
    {
        offset = 0;
        error = "";
        var plus = rest.LastIndexOf('+');
        name = plus < 0 ? rest : rest[..plus];
        if (plus < 0) return true;
        var digits = rest.AsSpan(plus + 1);
        var ok = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out offset)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out offset);
        return ok || Fail($"'{digits}' in '{text}' is no offset; write bytes as 16 or 0x10", out error);
    }

    private static bool IsKernelSymbol(string name) =>
        !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '$');

    private static bool IsTracepointName(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
