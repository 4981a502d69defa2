namespace Diagnose.Formats.PerfScript;

/// <summary>One hit of the text. Its spans hold until the next is read.</summary>
public readonly ref struct PerfScriptHit
{
    private readonly ReadOnlySpan<byte> _header;
    private readonly PerfScriptHeader _fields;

    internal PerfScriptHit(ReadOnlySpan<byte> header, in PerfScriptHeader fields, ReadOnlySpan<byte> body, long offset, long line)
    {
        _header = header;
        _fields = fields;
        BodyOffset = offset;
        BodyLine = line;
        Body = body;
        if (body.IsEmpty)
        {
            Body = OwnFrame(header, fields, out int start);
            IsOneLine = !Body.IsEmpty;
            BodyOffset += start;
        }
    }

    public ReadOnlySpan<byte> Comm => _header[_fields.CommStart.._fields.CommEnd];

    /// <summary>-1 where the text does not have it.</summary>
    public int Pid => _fields.Pid;

    /// <summary>-1 where the text does not have it, or perf did not know it.</summary>
    public int Tid => _fields.Tid;

    /// <summary>-1 where the text does not have it.</summary>
    public int Cpu => _fields.Cpu;

    public bool HasTime => _fields.HasTime;

    /// <summary>ns of the recording's clock.</summary>
    public ulong Time => _fields.Time;

    /// <summary>0 where the text does not have it.</summary>
    public ulong Period => _fields.Period;

    /// <summary>The event's name with its modifiers; empty where the text does not have it.</summary>
    public ReadOnlySpan<byte> Event => _header[_fields.EventStart.._fields.EventEnd];

    /// <summary>What stands behind the event's name: a tracepoint's fields.</summary>
    public ReadOnlySpan<byte> Text => _header[_fields.TextStart..];

    /// <summary>The lines of the frames, leaf first; of a hit without a callchain what the one line has of a frame.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Whether the only frame stands in the hit's own line: its address is where the code lay.</summary>
    public bool IsOneLine { get; }

    /// <summary>Offset in the text where <see cref="Body"/> begins.</summary>
    public long BodyOffset { get; }

    /// <summary>Number of the line that <see cref="Body"/> begins in.</summary>
    public long BodyLine { get; }

    /// <summary>The frames' lines.</summary>
    public PerfScriptFrameLines Lines => new(Body, IsOneLine);

    /// <summary>
    /// What perf prints of a sample without a callchain: the address in 16 columns behind a blank, the symbol, the DSO. Before
    /// it may stand other columns, but then a tracepoint's own text could look the same, so its event must be none.
    /// </summary>
    private static ReadOnlySpan<byte> OwnFrame(ReadOnlySpan<byte> header, in PerfScriptHeader fields, out int start)
    {
        start = Math.Max(fields.TextStart - 1, 0);
        ReadOnlySpan<byte> text = header[start..];
        // Behind the event stand the blank of ": " and one more; without an event's name it is the blank of the time.
        bool isTracepoint = PerfScriptEvent.IsTracepoint(header[fields.EventStart..fields.EventEnd]);
        int found = -1;
        for (int at = 0; at < text.Length;)
        {
            int blanks = text[at..].IndexOfAnyExcept((byte)' ');
            if (blanks < 0)
                break;
            int word = at + blanks;
            int end = text[word..].IndexOf((byte)' ') is var blank and >= 0 ? word + blank : text.Length;
            bool isAddress = end - at > PerfScriptFrame.AddressWidth && PerfScriptFrame.TryParseHex(text[word..end], out _)
                && (at == 0 || text[^1] == ')');
            // Of several, such as an address of data, the last is the code's.
            if (isAddress)
                found = end - PerfScriptFrame.AddressWidth;
            else if (found >= 0 || isTracepoint)
                break;
            at = end;
        }

        if (found >= 0)
        {
            start += found;
            return text[found..];
        }

        return default;
    }
}

/// <summary>The frame lines of a hit, in the order of the text; lines between them that are no frames are left out.</summary>
public ref struct PerfScriptFrameLines(ReadOnlySpan<byte> body, bool isOneLine)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _next;

    /// <summary>The next line without its end, or false after the last.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line, out int position)
    {
        while (_next < _body.Length)
        {
            position = _next;
            line = _body[position..];
            int end = line.IndexOf((byte)'\n');
            _next = end < 0 ? _body.Length : position + end + 1;
            line = end < 0 ? line : line[..end];
            if (line is [.., (byte)'\r'])
                line = line[..^1];
            if (isOneLine || line is [(byte)'\t', ..])
                return true;
        }

        line = default;
        position = 0;
        return false;
    }
}
