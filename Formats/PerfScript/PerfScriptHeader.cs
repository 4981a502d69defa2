using System.Buffers.Text;

namespace Diagnose.Formats.PerfScript;

/// <summary>
/// A hit's first line taken apart: <c>COMM PID/TID [CPU] SECONDS.FRACTION: PERIOD EVENT: TEXT</c>, of which most may be
/// absent. Places count from the line's start.
/// </summary>
internal struct PerfScriptHeader
{
    /// <summary>The kernel's names of threads have at most as many bytes.</summary>
    private const int CommLength = 15;

    /// <summary>Where a thread id is looked for, longer names of other tools included.</summary>
    private const int MostBefore = 64;

    private const int MostColumns = 192;

    private const int MostEventLength = 512;

    /// <summary>A column before the time is shorter; with all bounds a line costs the same time however long it is.</summary>
    private const int MostWordLength = 64;

    /// <summary>perf aligns ids to the right in at least as many columns.</summary>
    private const int IdWidth = 5;

    public int CommStart;
    public int CommEnd;

    /// <summary>-1 where it is not printed.</summary>
    public int Pid;
    public int Tid;
    public int Cpu;

    public bool HasTime;
    public ulong Time;

    /// <summary>0 where it is not printed.</summary>
    public ulong Period;

    public int EventStart;
    public int EventEnd;

    /// <summary>What stands behind the event's name.</summary>
    public int TextStart;

    /// <summary>Not a hit but another record: <c>PERF_RECORD_…</c> begins at <see cref="TextStart"/>.</summary>
    public bool IsRecord;

    /// <summary>How much of what perf prints is there.</summary>
    public int Score;

    /// <summary>
    /// Reads a line without its end. A thread may be called anything, <c>1 [000] 2.0: x:</c> too: of all places where its
    /// id could be, the one that is followed by the most of what perf prints is taken, and of several the last that leaves
    /// the name no longer than names are.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out PerfScriptHeader header)
    {
        header = default;
        int start = line.IndexOfAnyExcept((byte)' ');
        if (start < 0)
            return false;
        if (line[start..].StartsWith("PERF_RECORD_"u8))
        {
            header = new PerfScriptHeader { CommStart = start, CommEnd = start, Pid = -1, Tid = -1, Cpu = -1, TextStart = start, IsRecord = true };
            return true;
        }

        int commEnd = start;
        for (int at = start; at < line.Length && at < MostColumns; at++)
        {
            if (line[at] == ' ')
                continue;
            if (commEnd - start > (header.Score > 0 ? CommLength : MostBefore))
                break;
            if (CanBegin(line[at])
                && TryParseAt(line, at, commEnd, out PerfScriptHeader found) && found.Score >= header.Score)
            {
                header = found;
                header.CommStart = start;
                header.CommEnd = commEnd;
            }

            // On to the end of the word.
            int blank = line[at..].IndexOf((byte)' ');
            if (blank < 0)
                break;
            at += blank;
            commEnd = at;
        }

        return header.Score > 0;
    }

    private static bool CanBegin(byte first) => first is >= (byte)'0' and <= (byte)'9' or (byte)'[' or (byte)'-';

    private static bool TryParseAt(ReadOnlySpan<byte> line, int at, int commEnd, out PerfScriptHeader header)
    {
        header = new PerfScriptHeader { Pid = -1, Tid = -1, Cpu = -1 };
        bool isAligned = false;
        int before = at;
        if (TryReadIds(line, ref at, ref header))
        {
            isAligned = at - commEnd > IdWidth;
            header.Score = 8 + (isAligned ? 1 : 0);
        }
        else
        {
            at = before;
        }

        at = SkipBlanks(line, at);
        if (TryReadCpu(line, ref at, out header.Cpu))
            header.Score += 2;
        if (TryReadTime(line, ref at, out header.Time))
        {
            header.HasTime = true;
            header.Score += 4;
        }

        at = SkipBlanks(line, at);
        header.TextStart = header.EventStart = header.EventEnd = at;
        if (line[at..].StartsWith("PERF_RECORD_"u8))
        {
            header.IsRecord = header.Score > 0;
            return header.IsRecord;
        }

        bool hasEvent = TryReadEvent(line, at, ref header);
        if (header.HasTime || header.Score >= 10)
            return true;
        // Without time and CPU many a line of anything looks like a hit: ask for more.
        return isAligned && hasEvent && line[header.EventStart..header.EventEnd].IndexOf((byte)' ') < 0;
    }

    /// <summary><c>TID</c> or <c>PID/TID</c>, with a blank behind it; perf has -1 where it knows none.</summary>
    private static bool TryReadIds(ReadOnlySpan<byte> line, ref int at, ref PerfScriptHeader header)
    {
        if (!TryReadId(line, ref at, out int first))
            return false;
        header.Tid = first;
        if (at < line.Length && line[at] == '/')
        {
            at++;
            header.Pid = first;
            if (!TryReadId(line, ref at, out header.Tid))
                return false;
        }

        return at < line.Length && line[at] == ' ';
    }

    private static bool TryReadId(ReadOnlySpan<byte> line, ref int at, out int id)
    {
        if (!Utf8Parser.TryParse(line[at..], out id, out int used) || id < -1 || line[at] == '+')
            return false;
        at += used;
        return true;
    }

    private static bool TryReadCpu(ReadOnlySpan<byte> line, ref int at, out int cpu)
    {
        cpu = -1;
        if (at >= line.Length || line[at] != '[')
            return false;
        ReadOnlySpan<byte> number = line[(at + 1)..];
        if (!Utf8Parser.TryParse(number, out ushort read, out int used) || number[0] == '+' || used >= number.Length || number[used] != ']')
            return false;
        cpu = read;
        at = SkipBlanks(line, at + used + 2);
        return true;
    }

    /// <summary>The time, behind as many as two words of other columns (modes, time of day).</summary>
    private static bool TryReadTime(ReadOnlySpan<byte> line, ref int at, out ulong time)
    {
        time = 0;
        int next = at;
        for (int words = 0; words < 3; words++)
        {
            ReadOnlySpan<byte> rest = line[next..];
            int blank = rest[..Math.Min(rest.Length, MostWordLength)].IndexOf((byte)' ');
            ReadOnlySpan<byte> word = blank < 0 ? rest : rest[..blank];
            if (TryParseTime(word, out time))
            {
                at = next + word.Length;
                return true;
            }

            // Numbers are a column of their own: an id, a period.
            if (blank < 0 || word.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 || word[^1] == ':')
                return false;
            next = SkipBlanks(line, next + blank);
        }

        return false;
    }

    /// <summary><c>SECONDS.FRACTION:</c> in ns; the fraction has 6 digits, or 9 with <c>--ns</c>.</summary>
    private static bool TryParseTime(ReadOnlySpan<byte> word, out ulong time)
    {
        time = 0;
        if (word.Length is < 4 or > MostWordLength || word[^1] != ':' || word[0] is < (byte)'0' or > (byte)'9')
            return false;
        word = word[..^1];
        int point = word.IndexOf((byte)'.');
        int digits = word.Length - point - 1;
        if (point <= 0 || digits is not (6 or 9)
            || !Utf8Parser.TryParse(word, out ulong seconds, out int used) || used != point || seconds > 18_000_000_000
            || word[point + 1] is < (byte)'0' or > (byte)'9'
            || !Utf8Parser.TryParse(word[(point + 1)..], out uint fraction, out used) || used != digits)
            return false;
        time = seconds * 1_000_000_000 + fraction * (digits == 6 ? 1000UL : 1);
        return true;
    }

    /// <summary>The period, if any, and the event's name, which ends with a colon and a blank or the line.</summary>
    private static bool TryReadEvent(ReadOnlySpan<byte> line, int at, ref PerfScriptHeader header)
    {
        int start = at;
        if (Utf8Parser.TryParse(line[at..], out ulong period, out int used) && line[at] != '+'
            && at + used < line.Length && line[at + used] == ' ')
            start = SkipBlanks(line, at + used);
        else
            period = 0;
        ReadOnlySpan<byte> rest = line[start..Math.Min(line.Length, start + MostEventLength + 2)];
        int length = rest.IndexOf(": "u8);
        if (length < 0 && rest is [.., (byte)':'] && start + rest.Length == line.Length)
            length = rest.Length - 1;
        if (length <= 0 || IsAddress(line, at, rest[..length]))
            return false;
        header.Period = period;
        header.EventStart = start;
        header.EventEnd = start + length;
        header.TextStart = Math.Min(line.Length, start + length + 2);
        header.Score += period > 0 ? 1 : 0;
        return true;
    }

    /// <summary>Without the event's column an address may come next, and a name that holds a colon and a blank.</summary>
    private static bool IsAddress(ReadOnlySpan<byte> line, int at, ReadOnlySpan<byte> name)
    {
        int blank = name.IndexOf((byte)' ');
        return blank > 0 && PerfScriptFrame.TryParseHex(name[..blank], out _)
            && line[..(at + blank)].Length - line[..at].LastIndexOf((byte)':') > PerfScriptFrame.AddressWidth;
    }

    private static int SkipBlanks(ReadOnlySpan<byte> line, int at)
    {
        while (at < line.Length && line[at] == ' ')
            at++;
        return at;
    }
}
