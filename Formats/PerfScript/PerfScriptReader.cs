using System.Buffers.Text;
using Diagnose.Formats.Report;

namespace Diagnose.Formats.PerfScript;

/// <summary>Hits that are missing from a recording, as the text tells it.</summary>
/// <param name="Count">0 where the kernel throttled the event: how many is not known.</param>
public readonly record struct PerfScriptLoss(ulong Time, int Cpu, ulong Count);

/// <summary>
/// Reads hits from what <c>perf script</c> prints. Takes the text in whatever pieces the stream gives it, with memory for
/// one hit and one line. Never throws because of what the text holds: what is not understood goes to <see cref="Skipped"/>.
/// </summary>
/// <param name="text">Stays the caller's.</param>
public sealed class PerfScriptReader(Stream text)
{
    /// <summary>Longest hit that is read, bytes, from its first line to its last frame.</summary>
    public const int MaxHitLength = 4 << 20;

    /// <summary>Longest line, bytes.</summary>
    public const int MaxLineLength = 1 << 20;

    /// <summary>Most frames of one hit.</summary>
    public const int MaxFrames = Trace.TraceLimits.StackDepth;

    /// <summary>What <c>-F comm,ip,sym</c> leaves of a hit's first line is at most a thread's name and a blank.</summary>
    private const int BareCommLength = 16;

    private const int ReadLength = 256 << 10;

    /// <summary>Losses that wait to be taken; more are added to the last of them.</summary>
    private const int MostLosses = 4096;

    private readonly List<PerfScriptLoss> _losses = [];
    private byte[] _buffer = new byte[2 * ReadLength];
    private int _end;
    private int _next;
    private int _searched;
    private bool _isEnd;

    // Offset in the text and number of the line at _next.
    private long _offset;
    private long _line = 1;

    private bool _inLongLine;
    private bool _isQuiet;

    // The hit whose lines are being read; its place in the buffer, -1 for none.
    private int _hit = -1;
    private int _headerLength;
    private long _hitOffset;
    private long _hitLine;
    private bool _isBare;
    private PerfScriptHeader _header;
    private int _body;
    private int _bodyEnd;
    private long _bodyOffset;
    private long _bodyLine;

    /// <summary>What was passed over so far.</summary>
    public SkippedLines Skipped { get; } = new();

    /// <summary>What the comments said so far.</summary>
    public PerfScriptFacts Facts { get; } = new();

    /// <summary>Records other than hits so far (<c>--show-task-events</c> and the like), losses among them.</summary>
    public long Records { get; private set; }

    /// <summary>Losses that were told since they were last cleared.</summary>
    public IReadOnlyList<PerfScriptLoss> Losses => _losses;

    public void ClearLosses() => _losses.Clear();

    /// <summary>Whether a text that starts like this is what <c>perf script</c> prints.</summary>
    /// <param name="start">The first bytes of the text; 4096 are enough.</param>
    public static bool LooksLikePerfScript(ReadOnlySpan<byte> start)
    {
        if (start.IndexOf((byte)0) >= 0 || ReportReader.LooksLikeReport(start))
            return false;
        if (start.StartsWith("# ========\n# captured on"u8))
            return true;
        bool wasHit = false;
        foreach (Range range in start.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = start[range];
            // Frames under a line that could be a hit make it one.
            if (wasHit && line is [(byte)'\t', ..] && PerfScriptFrame.TryParse(line, out _))
                return true;
            wasHit = PerfScriptHeader.TryParse(line, out PerfScriptHeader header) && line[0] != '#';
            if (wasHit && (header.IsRecord || (header.HasTime && header.Score >= 8 && header.EventEnd > header.EventStart)))
                return true;
        }

        return false;
    }

    /// <summary>The next hit, or false at the end of the text.</summary>
    /// <exception cref="IOException">The stream cannot be read; what was read before it is not lost.</exception>
    public bool TryRead(out PerfScriptHit hit)
    {
        while (TryReadLine(out ReadOnlySpan<byte> line, out int position))
        {
            if (_inLongLine)
            {
                // What it said is not known, so no hit goes on behind it.
                bool isEnd = TryEnd(out hit);
                Skipped.Add(SkipReason.LineTooLong, _offset, _line);
                if (isEnd)
                    return true;
            }
            else if (line.IndexOfAnyExcept(" \t"u8) < 0)
            {
                _isQuiet = false;
                if (_bodyEnd > 0 && TryEnd(out hit))
                    return true;
            }
            else if (line[0] == '\t')
            {
                AddFrame(line, position);
            }
            else if (Begin(line, position, out hit))
            {
                return true;
            }

            if (_hit >= 0 && _next - _hit > MaxHitLength)
                LeaveOut();
        }

        return TryEnd(out hit);
    }

    /// <summary>Notes a frame of the last hit that could not be read.</summary>
    /// <param name="hit">The hit that <see cref="TryRead"/> gave.</param>
    /// <param name="position">The line's position in the hit's body.</param>
    public void Skip(in PerfScriptHit hit, int position, SkipReason reason) =>
        Skipped.Add(reason, hit.BodyOffset + position, hit.BodyLine + hit.Body[..position].Count((byte)'\n'));

    private void AddFrame(ReadOnlySpan<byte> line, int position)
    {
        long start = _offset - (_next - position);
        if (_hit < 0)
        {
            // One place for all frames of a hit, not one for each.
            if (!_isQuiet)
                Skipped.Add(SkipReason.FramesOutside, start, _line - 1, hitLeftOut: true);
            _isQuiet = true;
            return;
        }

        if (_bodyEnd == 0)
            (_body, _bodyOffset, _bodyLine) = (position, start, _line - 1);
        _bodyEnd = position + line.Length;
    }

    /// <summary>A line that is no frame: gives the hit before it when it ends that.</summary>
    private bool Begin(ReadOnlySpan<byte> line, int position, out PerfScriptHit hit)
    {
        long start = _offset - (_next - position);
        bool isHeader = PerfScriptHeader.TryParse(line, out PerfScriptHeader header);
        if (line[0] == '#' && !(isHeader && header.HasTime && header.Tid >= 0))
        {
            hit = default;
            Facts.Add(line);
            return false;
        }

        if (isHeader && header.IsRecord)
        {
            bool isEnd = TryEnd(out hit);
            AddRecord(line, header);
            // Some are followed by lines that look like frames.
            _isQuiet = true;
            return isEnd;
        }

        bool isBare = false;
        if (!isHeader)
        {
            // Source lines and registers begin with a blank, code with a bar. Before the first frame it may be the rest
            // of what the event says; behind it anything else is another hit's first line that was damaged.
            bool isExtra = _hit >= 0 && !_isBare && (_bodyEnd == 0 || line[0] is (byte)' ' or (byte)'|');
            isBare = !isExtra && line.Length <= BareCommLength && line[0] != ' ' && line[^1] == ' ';
            if (!isBare)
            {
                hit = default;
                bool isEnd = !isExtra && TryEnd(out hit);
                Skipped.Add(isExtra ? SkipReason.ExtraLine : SkipReason.NotUnderstood, start, _line - 1);
                return isEnd;
            }

            header = new PerfScriptHeader { CommEnd = line.TrimEnd((byte)' ').Length, Pid = -1, Tid = -1, Cpu = -1 };
            header.TextStart = header.EventStart = header.EventEnd = line.Length;
        }

        bool ends = TryEnd(out hit);
        (_hit, _headerLength, _header, _isBare) = (position, line.Length, header, isBare);
        (_hitOffset, _hitLine) = (start, _line - 1);
        _isQuiet = false;
        return ends;
    }

    /// <summary>Gives the hit whose lines were read, if there is one.</summary>
    private bool TryEnd(out PerfScriptHit hit)
    {
        hit = default;
        if (_hit < 0)
            return false;
        int at = _hit, bodyEnd = _bodyEnd;
        _hit = -1;
        _bodyEnd = 0;
        _isQuiet = false;
        if (bodyEnd == 0 && _isBare)
        {
            Skipped.Add(SkipReason.NotUnderstood, _hitOffset, _hitLine);
            return false;
        }

        ReadOnlySpan<byte> header = _buffer.AsSpan(at, _headerLength);
        hit = bodyEnd > 0
            ? new PerfScriptHit(header, _header, _buffer.AsSpan(_body, bodyEnd - _body), _bodyOffset, _bodyLine)
            : new PerfScriptHit(header, _header, default, _hitOffset, _hitLine);
        return true;
    }

    private void LeaveOut()
    {
        Skipped.Add(SkipReason.HitTooLong, _hitOffset, _hitLine, hitLeftOut: true);
        _hit = -1;
        _bodyEnd = 0;
        _isQuiet = true;
    }

    private void AddRecord(ReadOnlySpan<byte> line, in PerfScriptHeader header)
    {
        Records++;
        ReadOnlySpan<byte> record = line[(header.TextStart + "PERF_RECORD_".Length)..];
        ulong count = 0;
        if (record.StartsWith("LOST"u8))
        {
            int lost = record.IndexOf("lost "u8);
            if (lost < 0 || !Utf8Parser.TryParse(record[(lost + 5)..], out count, out _) || count == 0)
                return;
        }
        else if (!record.StartsWith("THROTTLE"u8))
        {
            return;
        }

        if (_losses.Count < MostLosses)
            _losses.Add(new PerfScriptLoss(header.Time, Math.Max(header.Cpu, 0), count));
        else
            _losses[^1] = _losses[^1] with { Count = Math.Max(_losses[^1].Count, unchecked(_losses[^1].Count + count)) };
    }

    /// <summary>
    /// The next line without its end, reading on where it is not there yet. What the open hit and the line hold stays in
    /// the buffer, perhaps at another place. Of a line that is too long the start is given, <see cref="_inLongLine"/> set,
    /// and the rest left out.
    /// </summary>
    private bool TryReadLine(out ReadOnlySpan<byte> line, out int position)
    {
        while (true)
        {
            int end = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            bool isWhole = end >= 0;
            end = isWhole ? _searched + end : _end;
            position = _next;
            line = _buffer.AsSpan(position, end - position);
            if (_inLongLine)
            {
                _inLongLine = !isWhole;
                GoTo(end, isWhole);
            }
            else if (line.Length > MaxLineLength)
            {
                // From its start on, so that its place is told; the next call passes over it.
                _inLongLine = true;
                return true;
            }
            else if (isWhole || (_isEnd && !line.IsEmpty))
            {
                GoTo(end, isWhole);
                _line += isWhole ? 0 : 1;
                if (line is [.., (byte)'\r'])
                    line = line[..^1];
                return true;
            }

            if (isWhole)
                continue;
            if (_isEnd)
                return false;
            _searched = _end;
            Fill();
        }
    }

    private void GoTo(int end, bool isWhole)
    {
        int next = isWhole ? end + 1 : end;
        _offset += next - _next;
        _next = _searched = next;
        _line += isWhole ? 1 : 0;
    }

    private void Fill()
    {
        int keep = _hit >= 0 ? _hit : _next;
        if (_buffer.Length - _end < ReadLength)
        {
            // What stays is mostly the start of one hit; only a large one makes the buffer grow.
            byte[] to = _end - keep <= _buffer.Length / 2 ? _buffer : new byte[_buffer.Length * 2];
            _buffer.AsSpan(keep.._end).CopyTo(to);
            _buffer = to;
            _end -= keep;
            _next -= keep;
            _searched -= keep;
            if (_hit >= 0)
            {
                _hit = 0;
                _body -= keep;
                _bodyEnd -= _bodyEnd > 0 ? keep : 0;
            }
        }

        int read = text.Read(_buffer.AsSpan(_end, ReadLength));
        _end += read;
        _isEnd = read == 0;
    }
}
