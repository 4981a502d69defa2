namespace Diagnose.Formats.Report;

/// <summary>
/// Reads hits from the documented text. The text may be longer than a span, so it is read in windows that the caller
/// maps or fills: read hits until there are no more, then open the next window at <see cref="Consumed"/>. A window
/// that is not the last must be longer than <see cref="MaxHitLength"/>.
/// Never throws because of what the text holds: what cannot be read goes to <see cref="ReportDamage"/>.
/// </summary>
public ref struct ReportReader
{
    /// <summary>Longest hit that is read, bytes; a hit without an end is given up after as many.</summary>
    public const int MaxHitLength = 16 << 20;

    /// <summary>Most frames of one hit; a hit with more is damaged.</summary>
    public const int MaxFrames = 4096;

    private readonly ReadOnlySpan<byte> _text;
    private readonly bool _isLast;
    private readonly ReportDamage _damage;
    private readonly long _offset;
    private int _next;
    private int _countedTo;
    private long _line;
    private bool _orphans;

    /// <summary>Opens one window of a text.</summary>
    /// <param name="text">The window's bytes; the first window may begin with a UTF-8 byte order mark.</param>
    /// <param name="isLast">Whether the text ends where the window does.</param>
    /// <param name="damage">Receives what cannot be read.</param>
    /// <param name="offset">The window's offset in the text.</param>
    /// <param name="line">Line number of the window's first line, from 1.</param>
    public ReportReader(ReadOnlySpan<byte> text, bool isLast, ReportDamage damage, long offset = 0, long line = 1)
    {
        _text = text;
        _isLast = isLast;
        _damage = damage;
        _offset = offset;
        _line = line;
        if (offset == 0 && text.StartsWith("\uFEFF"u8))
            _next = 3;
    }

    /// <summary>Whether a text that starts like this holds hits as <c>report</c> prints them.</summary>
    public static bool LooksLikeReport(ReadOnlySpan<byte> start) => start.IndexOf(ReportGrammar.CgroupStart) >= 0;

    /// <summary>How many bytes of the window are read and need not be seen again.</summary>
    public int Consumed { get; private set; }

    /// <summary>Line number of the line that begins at <see cref="Consumed"/>.</summary>
    public long Line => LineAt(Consumed);

    /// <summary>The next whole hit of the window, or false when there is none.</summary>
    public bool TryRead(out ReportHit hit)
    {
        ReadOnlySpan<byte> comm = default;
        var commPid = -1;
        var start = _next;
        while (TryReadLine(out var line, out var position))
        {
            if (line.StartsWith(ReportGrammar.CgroupStart))
            {
                if (commPid < 0)
                    start = position;
                var body = _next;
                switch (FindEnd(body, out var end))
                {
                    case HitEnd.Missing when !_isLast && _text.Length - start <= MaxHitLength:
                        Consumed = start;
                        _next = _text.Length;
                        hit = default;
                        return false;
                    case HitEnd.Missing:
                        Damaged(position, _isLast && _text.Length - start <= MaxHitLength
                            ? "the text ends inside this hit" : "no end of this hit in 16 MiB", hitLeftOut: true);
                        _next = _isLast ? _text.Length : body;
                        _orphans = true;
                        break;
                    case HitEnd.NextHit:
                        Damaged(position, "the next hit begins before the end of this one", hitLeftOut: true);
                        _next = end;
                        break;
                    case HitEnd.Found when end - body > MaxHitLength:
                        Damaged(position, "no end of this hit in 16 MiB", hitLeftOut: true);
                        SkipLine(end);
                        break;
                    default:
                        SkipLine(end);
                        _orphans = false;
                        if (ReportHeader.TryReadCgroup(line, out var cgroup, out var pid, out var sequence, out var seconds, out var microseconds))
                        {
                            Consumed = _next;
                            hit = new ReportHit(cgroup, commPid == pid ? comm : default, pid, sequence, seconds, microseconds, _text[body..end], body);
                            return true;
                        }
                        Damaged(position, "the ##CGROUP line cannot be read", hitLeftOut: true);
                        break;
                }
                commPid = -1;
            }
            else if (ReportHeader.IsHit(line))
            {
                _orphans = false;
                start = position;
                if (!ReportHeader.TryReadHit(line, out comm, out commPid))
                {
                    commPid = -1;
                    if (line.StartsWith(ReportGrammar.HitStart))
                        Damaged(position, "the hit's first line cannot be read");
                }
            }
            else
            {
                if (!line.IsEmpty)
                    commPid = -1;
                if (_orphans || ReportLine.KindOf(line) == ReportLineKind.Other && !line.SequenceEqual(ReportGrammar.End))
                    continue;
                // One place for a whole hit without its header, not one for each of its lines.
                Damaged(position, "frames outside of any hit");
                _orphans = true;
            }
        }
        if (_isLast && commPid >= 0)
            Damaged(start, "the text ends inside this hit", hitLeftOut: true);
        if (_isLast || commPid < 0 || _next - start > MaxHitLength)
            start = _next;
        Consumed = start;
        hit = default;
        return false;
    }

    /// <summary>Notes a line of the last hit that could not be read.</summary>
    /// <param name="hit">The hit that <see cref="TryRead"/> gave.</param>
    /// <param name="position">The line's position in the hit's body.</param>
    /// <param name="reason">Why.</param>
    /// <param name="hitLeftOut">Whether the whole hit is left out for it.</param>
    public void Damaged(in ReportHit hit, int position, string reason, bool hitLeftOut = false) =>
        Damaged(hit.BodyStart + position, reason, hitLeftOut);

    private enum HitEnd { Found, NextHit, Missing }

    /// <summary>Finds the <c>##</c> line that ends the body at <paramref name="body"/>, or the header of a next hit before it.</summary>
    private readonly HitEnd FindEnd(int body, out int end)
    {
        // From the line end before the body on, so that an empty body is found too.
        var from = body - 1;
        while (true)
        {
            var found = _text[from..].IndexOf("\n##"u8);
            if (found < 0)
                break;
            end = from + found + 1;
            var after = _text[(end + 2)..];
            if (after.StartsWith(ReportGrammar.CgroupStart[2..]))
                return HitEnd.NextHit;
            var lineEnd = after.IndexOfAnyExcept(" \t\r"u8);
            if (lineEnd >= 0 ? after[lineEnd] == '\n' : _isLast)
                return HitEnd.Found;
            if (lineEnd < 0)
                break;
            from = end + 1;
        }
        end = _text.Length;
        return HitEnd.Missing;
    }

    private void SkipLine(int position)
    {
        var end = _text[position..].IndexOf((byte)'\n');
        _next = end < 0 ? _text.Length : position + end + 1;
    }

    /// <summary>The next line without its end; false at the end of the window or when the last line is not whole yet.</summary>
    private bool TryReadLine(out ReadOnlySpan<byte> line, out int position)
    {
        position = _next;
        line = _text[position..];
        var end = line.IndexOf((byte)'\n');
        if (end < 0 && (!_isLast || line.IsEmpty))
        {
            // A line that fills the window would stop the reading for good: let it go piece by piece.
            if (!_isLast && line.Length > MaxHitLength)
                _next = _text.Length;
            line = default;
            return false;
        }
        _next = end < 0 ? _text.Length : position + end + 1;
        line = end < 0 ? line : line[..end];
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        return true;
    }

    private void Damaged(int position, string reason, bool hitLeftOut = false) =>
        _damage.Add(_offset + position, _damage.KeepsNext ? LineAt(position) : 0, reason, hitLeftOut);

    /// <summary>Counts lines only where a number is asked for, from the last place one was.</summary>
    private long LineAt(int position)
    {
        _line += position >= _countedTo
            ? _text[_countedTo..position].Count((byte)'\n')
            : -_text[position.._countedTo].Count((byte)'\n');
        _countedTo = position;
        return _line;
    }
}
