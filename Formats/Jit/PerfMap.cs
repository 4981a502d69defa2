using System.Runtime.InteropServices;

namespace Diagnose.Formats.Jit;

/// <summary>
/// The symbols of a /tmp/perf-PID.map file: "START SIZE name with spaces" a line, numbers in hexadecimal
/// (tools/perf/Documentation/jit-interface.txt of Linux). The runtime appends to it while it runs, so it is read in parts;
/// where lines overlap the later one holds, since the runtime has used the memory anew.
/// One thread at a time.
/// </summary>
/// <param name="maxSymbols">Symbols kept at most; what comes after is counted in <see cref="DroppedLines"/>.</param>
public sealed class PerfMap(int maxSymbols = 1 << 20)
{
    /// <summary>Longer lines are damage, and are skipped; longer names than this are not shown anywhere.</summary>
    internal const int MaxLine = 1 << 16;
    private const int MaxNameBytes = 256 << 20;

    private readonly List<PerfMapSpan> _added = [];
    private PerfMapSpan[] _spans = [];
    private byte[] _names = [];
    private int _nameBytes;
    private bool _skippingLine;

    /// <summary>Pieces of address space with a name; a symbol overlaid in its middle has two.</summary>
    public int Count => _spans.Length;

    /// <summary>Lines that were not of the documented form, or whose range is empty or wraps around.</summary>
    public int MalformedLines { get; private set; }

    /// <summary>Good lines not kept because the map was full.</summary>
    public int DroppedLines { get; private set; }

    /// <summary>Bytes of memory held.</summary>
    public long MemoryBytes => (long)_spans.Length * Marshal.SizeOf<PerfMapSpan>() + _names.Length;

    /// <summary>
    /// Takes the next bytes of the file and returns how many of them were used: the last line, when it has no newline yet, is
    /// still being written, and belongs at the start of the next call.
    /// </summary>
    /// <param name="isLast">False when more is appended before anything is looked up.</param>
    public int Append(ReadOnlySpan<byte> text, bool isLast = true)
    {
        var at = 0;
        while (at < text.Length)
        {
            var length = text[at..].IndexOf((byte)'\n');
            if (length < 0)
            {
                // A line that long never ends well; let the caller get past it.
                if (_skippingLine || text.Length - at > MaxLine)
                {
                    _skippingLine = true;
                    at = text.Length;
                }

                break;
            }

            AddLine(text.Slice(at, length));
            at += length + 1;
        }

        if (isLast)
            Settle();
        return at;
    }

    /// <summary>So many bytes of text will come: room for their names is made at once, and nothing is moved while it fills.</summary>
    public void Reserve(long textBytes)
    {
        const int bytesOfLine = 128;
        int room = (int)Math.Min(textBytes, MaxNameBytes);
        if (_names.Length < room)
            Array.Resize(ref _names, room);
        _added.EnsureCapacity(Math.Min(room / bytesOfLine, maxSymbols));
    }

    /// <summary>The symbol that covers the address: its start and size as its line gave them, and its name.</summary>
    public bool TryFind(ulong address, out ulong start, out ulong size, out ReadOnlySpan<byte> name)
    {
        int low = 0, high = _spans.Length;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if (_spans[middle].Start <= address)
                low = middle + 1;
            else
                high = middle;
        }

        if (low > 0 && address - _spans[low - 1].Start < _spans[low - 1].Length)
        {
            ref readonly var span = ref _spans[low - 1];
            start = span.SymbolStart;
            size = span.SymbolSize;
            name = _names.AsSpan(span.NameAt, span.NameLength);
            return true;
        }

        start = size = 0;
        name = [];
        return false;
    }

    /// <summary>Whether some address that has a name here has another in a later part of the file.</summary>
    public bool Differs(PerfMap later)
    {
        foreach (ref readonly var span in later._spans.AsSpan())
        {
            for (var at = FirstBehind(span.Start); at < _spans.Length && _spans[at].Start < span.End; at++)
            {
                if (_spans[at].SymbolStart != span.SymbolStart
                    || !_names.AsSpan(_spans[at].NameAt, _spans[at].NameLength).SequenceEqual(later._names.AsSpan(span.NameAt, span.NameLength)))
                    return true;
            }
        }

        return false;
    }

    /// <summary>The first span that ends behind an address.</summary>
    private int FirstBehind(ulong address)
    {
        int low = 0, high = _spans.Length;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if (_spans[middle].End <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        if (_skippingLine || line.Length > MaxLine || !PerfMapLine.TryParse(line, out var parsed))
        {
            _skippingLine = false;
            MalformedLines++;
            return;
        }

        if (_spans.Length + _added.Count >= maxSymbols || parsed.Name.Length > MaxNameBytes - _nameBytes)
        {
            DroppedLines++;
            return;
        }

        if (_names.Length - _nameBytes < parsed.Name.Length)
            Array.Resize(ref _names, Math.Max(_nameBytes + parsed.Name.Length, Math.Max(1024, _names.Length * 2)));
        parsed.Name.CopyTo(_names.AsSpan(_nameBytes));
        _added.Add(new()
        {
            Start = parsed.Start, Length = parsed.Size, SymbolSize = parsed.Size, NameAt = _nameBytes, NameLength = parsed.Name.Length,
        });
        _nameBytes += parsed.Name.Length;
    }

    private void Settle()
    {
        if (_added.Count == 0)
            return;
        _spans = PerfMapOverlay.TryMerge(_spans, _added, out PerfMapSpan[] merged) ? merged : PerfMapOverlay.Flatten([.. _spans, .. _added]);
        _added.Clear();
        DropUnusedNames();
    }

    /// <summary>A runtime that compiles for hours leaves most names behind; they go once they are half of all.</summary>
    private void DropUnusedNames()
    {
        var used = 0L;
        foreach (ref readonly var span in _spans.AsSpan())
            used += span.NameLength;
        if (used > _nameBytes / 2)
            return;
        var names = new byte[used];
        var at = 0;
        foreach (ref var span in _spans.AsSpan())
        {
            _names.AsSpan(span.NameAt, span.NameLength).CopyTo(names.AsSpan(at));
            span.NameAt = at;
            at += span.NameLength;
        }

        _names = names;
        _nameBytes = at;
    }
}
