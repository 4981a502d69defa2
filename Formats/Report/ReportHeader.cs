using System.Buffers.Text;

namespace Diagnose.Formats.Report;

/// <summary>The two lines that open a hit, each taken apart from the right because the names in them may hold anything.</summary>
internal static class ReportHeader
{
    /// <summary><c>##CGROUP:[name]  pid      [number]  KPROBE命中，时间：[seconds:microseconds]</c>; the time is absent for other commands.</summary>
    public static bool TryReadCgroup(
        ReadOnlySpan<byte> line, out ReadOnlySpan<byte> cgroup, out int pid, out long sequence,
        out ulong seconds, out ulong microseconds)
    {
        cgroup = default;
        pid = 0;
        sequence = 0;
        seconds = microseconds = 0;
        var text = line[ReportGrammar.CgroupStart.Length..].TrimEnd(" \t"u8);
        var time = text.LastIndexOf(ReportGrammar.EventThenTime);
        if (time >= 0)
        {
            if (!TryReadTime(text[(time + ReportGrammar.EventThenTime.Length)..], out seconds, out microseconds))
                return false;
            text = text[..time];
        }
        var sequenceEnd = text.LastIndexOf((byte)']');
        if (sequenceEnd < 0)
            return false;
        text = text[..sequenceEnd];
        var sequenceStart = text.LastIndexOf((byte)'[');
        if (sequenceStart < 0 || !TryReadNumber(text[(sequenceStart + 1)..].Trim((byte)' '), out sequence))
            return false;
        text = text[..sequenceStart].TrimEnd(" \t"u8);
        var cgroupEnd = text.LastIndexOf((byte)']');
        if (cgroupEnd < 0 || !TryReadNumber(text[(cgroupEnd + 1)..].Trim(" \t"u8), out var pidNumber) || pidNumber > int.MaxValue)
            return false;
        pid = (int)pidNumber;
        cgroup = text[..cgroupEnd];
        return true;
    }

    /// <summary><c>KPROBE命中：PID： pid[comm]，时间：[seconds:microseconds]</c>, of which only the comm is not in the other line.</summary>
    public static bool TryReadHit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> comm, out int pid)
    {
        comm = default;
        pid = 0;
        var start = PidStart(line);
        if (start < 0)
            return false;
        var text = line[start..].TrimStart((byte)' ');
        if (!Utf8Parser.TryParse(text, out pid, out var digits) || pid < 0 || digits >= text.Length || text[digits] != '[')
            return false;
        text = text[(digits + 1)..];
        var end = text.LastIndexOf(ReportGrammar.CommThenTime);
        if (end < 0 || !TryReadTime(text[(end + ReportGrammar.CommThenTime.Length)..].TrimEnd(" \t"u8), out _, out _))
            return false;
        comm = text[..end];
        return true;
    }

    /// <summary>Whether the line means to be the first line of a hit, well formed or not.</summary>
    public static bool IsHit(ReadOnlySpan<byte> line) => PidStart(line) >= 0;

    private static int PidStart(ReadOnlySpan<byte> line)
    {
        // The event's own name stands before; it is short.
        const int longestEvent = 64;
        var at = line[..Math.Min(line.Length, longestEvent)].IndexOf(ReportGrammar.EventThenPid);
        return at < 0 ? -1 : at + ReportGrammar.EventThenPid.Length;
    }

    private static bool TryReadTime(ReadOnlySpan<byte> text, out ulong seconds, out ulong microseconds)
    {
        microseconds = 0;
        return Utf8Parser.TryParse(text, out seconds, out var digits)
            && digits < text.Length && text[digits] == ':'
            && Utf8Parser.TryParse(text[(digits + 1)..], out microseconds, out var more)
            && text[(digits + 1 + more)..] is [(byte)']'];
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> text, out long value) =>
        Utf8Parser.TryParse(text, out value, out var digits) && digits == text.Length && value >= 0;
}
