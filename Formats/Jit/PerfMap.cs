using System.Runtime.InteropServices;

namespace Diagnose.Formats.Jit;

/// <summary>
/// The symbols of a /tmp/perf-PID.map file: "START SIZE name with spaces" a line, numbers in hexadecimal
/// (tools/perf/Documentation/jit-interface.txt of Linux). The runtime appends to it while it runs, so it is read in parts;
/// where lines overlap the later one holds, since the runtime has used the memory anew.
/// One thread at a time.
/// </summary>
/// <param name="maxSymbols">Symbols kept at most; what comes after is counted in <see cref="DroppedLines"/>.</param>
/// <param name="maxNameBytes">Bytes of their names kept at most.</param>
public sealed class PerfMap(int maxSymbols = 1 << 19, int maxNameBytes = 32 << 20)
{
    /// <summary>Longer lines are damage, and are skipped; longer names than this are not shown anywhere.</summary>
    internal const int MaxLine = 1 << 16;

    /// <summary>A file may say that it is of any length: what it has beyond gets room as its lines come.</summary>
    private const int MaxReserved = 1 << 20;

    /// <summary>As many symbols wait at least before they go among the others, so that a map which grows is not copied each time.</summary>
    private const int MaxGathered = 1 << 14;

    /// <summary>As many are looked through one by one.</summary>
    private const int MaxScanned = 64;

    private List<PerfMapSpan> _added = [];
    private PerfMapSpan[] _spans = [];
    private byte[] _names = [];
    private int _nameBytes;
    private bool _skippingLine;

    /// <summary>Pieces of address space with a name; a symbol overlaid in its middle has two.</summary>
    public int Count
    {
        get
        {
            Settle();
            return _spans.Length;
        }
    }

    /// <summary>Lines that were not of the documented form, or whose range is empty or wraps around.</summary>
    public int MalformedLines { get; private set; }

    /// <summary>Good lines not kept because the map was full.</summary>
    public int DroppedLines { get; private set; }

    /// <summary>Bytes of memory held.</summary>
    public long MemoryBytes => (long)(_spans.Length + _added.Capacity) * Marshal.SizeOf<PerfMapSpan>() + _names.Length;

    /// <summary>
    /// Takes the next bytes of the file and returns how many of them were used: the last line, when it has no newline yet, is
    /// still being written, and belongs at the start of the next call.
    /// </summary>
    public int Append(ReadOnlySpan<byte> text)
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

        return at;
    }

    /// <summary>So many bytes of text will come: room for the names of the first is made at once, and nothing is moved while it fills.</summary>
    public void Reserve(long textBytes)
    {
        const int bytesOfLine = 128;
        int room = (int)Math.Min(textBytes, Math.Min(MaxReserved, maxNameBytes));
        if (_names.Length < room)
            Array.Resize(ref _names, room);
        _added.EnsureCapacity(Math.Min(room / bytesOfLine, maxSymbols));
    }

    /// <summary>The symbol that covers the address: its start and size as its line gave them, and its name.</summary>
    public bool TryFind(ulong address, out ulong start, out ulong size, out ReadOnlySpan<byte> name)
    {
        if (_added.Count > MaxScanned)
            Settle();
        // The line written last holds.
        for (var i = _added.Count; i-- > 0;)
        {
            if (address - _added[i].Start < _added[i].Length)
                return Found(_added[i], out start, out size, out name);
        }

        var at = FirstBehind(address);
        if (at < _spans.Length && _spans[at].Start <= address)
            return Found(_spans[at], out start, out size, out name);
        start = size = 0;
        name = [];
        return false;
    }

    /// <summary>Whether some address that has a name here has another in a later part of the file.</summary>
    public bool Differs(PerfMap later)
    {
        later.Settle();
        foreach (ref readonly var span in later._spans.AsSpan())
        {
            if (HasOther(span, later))
                return true;
        }

        // The other way round, since these are not in order.
        foreach (ref readonly var span in CollectionsMarshal.AsSpan(_added))
        {
            if (later.HasOther(span, this))
                return true;
        }

        return false;
    }

    /// <summary>Whether a span of another map lies over a symbol here that is not the same; of those that are in order.</summary>
    private bool HasOther(scoped in PerfMapSpan span, PerfMap other)
    {
        for (var at = FirstBehind(span.Start); at < _spans.Length && _spans[at].Start < span.End; at++)
        {
            if (_spans[at].SymbolStart != span.SymbolStart || !NameOf(_spans[at]).SequenceEqual(other.NameOf(span)))
                return true;
        }

        return false;
    }

    private bool Found(scoped in PerfMapSpan span, out ulong start, out ulong size, out ReadOnlySpan<byte> name)
    {
        start = span.SymbolStart;
        size = span.SymbolSize;
        name = NameOf(span);
        return true;
    }

    private ReadOnlySpan<byte> NameOf(scoped in PerfMapSpan span) => _names.AsSpan(span.NameAt, span.NameLength);

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

        // What later lines lie over makes room, but to find out takes as long as all that is there: worth it only after many lines.
        if (_added.Count >= Math.Max(MaxGathered, _spans.Length)
            || (IsFull(parsed.Name.Length) && _added.Count > _spans.Length / 4))
            Settle();
        if (IsFull(parsed.Name.Length))
        {
            DroppedLines++;
            return;
        }

        if (_names.Length - _nameBytes < parsed.Name.Length)
            Array.Resize(ref _names, Math.Max(_nameBytes + parsed.Name.Length, Math.Min(maxNameBytes, Math.Max(1024, _names.Length * 2))));
        parsed.Name.CopyTo(_names.AsSpan(_nameBytes));
        _added.Add(new()
        {
            Start = parsed.Start, Length = parsed.Size, SymbolSize = parsed.Size, NameAt = _nameBytes, NameLength = parsed.Name.Length,
        });
        _nameBytes += parsed.Name.Length;
    }

    private bool IsFull(int nameLength) => _spans.Length + _added.Count >= maxSymbols || nameLength > maxNameBytes - _nameBytes;

    private void Settle()
    {
        if (_added.Count == 0)
            return;
        _spans = PerfMapOverlay.TryMerge(_spans, _added, out PerfMapSpan[] merged) ? merged : PerfMapOverlay.Flatten([.. _spans, .. _added]);
        // A long list is that of a map's first reading, and is not needed again.
        if (_added.Capacity > MaxScanned)
            _added = [];
        else
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
