namespace Diagnose.Formats.Report;

/// <summary>What a line between a hit's header and its end is.</summary>
public enum ReportLineKind
{
    /// <summary>A section's title, an empty line, or text of someone else.</summary>
    Other,

    /// <summary><c>#@</c>: a kernel frame, leaf first.</summary>
    Kernel,

    /// <summary><c>#~</c>: a user frame, leaf first.</summary>
    User,

    /// <summary><c>#*</c>: the thread's name.</summary>
    Thread,

    /// <summary><c>#^</c>: a process of the chain, the one that hit first.</summary>
    Chain,

    /// <summary>The 命中 line of another hit: the hit being read has lost its end.</summary>
    Header,
}

/// <summary>One line of a hit: its kind, its bytes without the line end, and where it begins in the hit's body.</summary>
public readonly ref struct ReportLine(ReportLineKind kind, ReadOnlySpan<byte> text, int position)
{
    /// <summary>What the line is, by its first two bytes.</summary>
    public ReportLineKind Kind => kind;

    /// <summary>The line without CR and LF.</summary>
    public ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>Offset of the line in <see cref="ReportHit.Body"/>.</summary>
    public int Position => position;

    internal static ReportLineKind KindOf(ReadOnlySpan<byte> text) => text is [(byte)'#', var mark, ..]
        ? mark switch
        {
            (byte)'@' => ReportLineKind.Kernel,
            (byte)'~' => ReportLineKind.User,
            (byte)'*' => ReportLineKind.Thread,
            (byte)'^' => ReportLineKind.Chain,
            _ => ReportLineKind.Other,
        }
        : text is not [(byte)' ', ..] && ReportHeader.IsHit(text) ? ReportLineKind.Header : ReportLineKind.Other;
}

/// <summary>The lines of a hit's body, in the order of the text.</summary>
public ref struct ReportLines(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _next;

    /// <summary>The next line, or false at the end.</summary>
    public bool TryRead(out ReportLine line)
    {
        if (_next >= _body.Length)
        {
            line = default;
            return false;
        }
        var position = _next;
        var text = _body[position..];
        var end = text.IndexOf((byte)'\n');
        if (end < 0)
            _next = _body.Length;
        else
        {
            _next = position + end + 1;
            text = text[..end];
        }
        if (text is [.., (byte)'\r'])
            text = text[..^1];
        line = new ReportLine(ReportLine.KindOf(text), text, position);
        return true;
    }
}
