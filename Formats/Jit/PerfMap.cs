using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Diagnose.Formats.Jit;

/// <summary>
/// The symbols of a /tmp/perf-PID.map file: "START SIZE name with spaces" a line, numbers in hexadecimal
/// (tools/perf/Documentation/jit-interface.txt of Linux). The runtime appends to it while it runs, so it is read in parts;
/// where lines overlap the later one holds, since the runtime has used the memory anew. Names, which are most of it, stay in the
/// file: one is read when it is wanted. One thread at a time.
/// </summary>
/// <param name="maxSymbols">Symbols kept at most; what comes after is counted in <see cref="DroppedLines"/>.</param>
public sealed class PerfMap(int maxSymbols = 1 << 19)
{
    /// <summary>Longer lines are damage, and are skipped; longer names than this are not shown anywhere.</summary>
    internal const int MaxLine = 1 << 16;

    /// <summary>A file may say that it is of any length: what it has beyond so many lines gets room as they come.</summary>
    private const int MaxReserved = 1 << 14;

    /// <summary>As many symbols wait at least before they go among the others, so that a map which grows is not copied each time.</summary>
    private const int MaxGathered = 1 << 14;

    /// <summary>As many are looked through one by one.</summary>
    private const int MaxScanned = 64;

    private List<PerfMapSpan> _added = [];
    private PerfMapSpan[] _spans = [];
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
    public long MemoryBytes => (long)(_spans.Length + _added.Capacity) * Marshal.SizeOf<PerfMapSpan>();

    /// <summary>
    /// Takes the next bytes of the file and returns how many of them were used: the last line, when it has no newline yet, is
    /// still being written, and belongs at the start of the next call.
    /// </summary>
    /// <param name="fileOffset">Where they stand in the file.</param>
    public int Append(ReadOnlySpan<byte> text, long fileOffset)
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

            AddLine(text.Slice(at, length), fileOffset + at);
            at += length + 1;
        }

        return at;
    }

    /// <summary>So many bytes of text will come: there is room for the first at once, and nothing is moved while it fills.</summary>
    public void Reserve(long textBytes)
    {
        const int bytesOfLine = 128;
        _added.EnsureCapacity((int)Math.Min(textBytes / bytesOfLine, Math.Min(MaxReserved, maxSymbols)));
    }

    /// <summary>The symbol that covers the address: its start and size as its line gave them, and where its name is.</summary>
    public bool TryFind(ulong address, out ulong start, out ulong size, out PerfMapName name)
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
        name = default;
        return false;
    }

    /// <summary>The name among bytes of the file; empty where other bytes stand there than those that were taken.</summary>
    /// <param name="text">As many as the name has, from where it is.</param>
    public static ReadOnlySpan<byte> Check(in PerfMapName name, ReadOnlySpan<byte> text) =>
        text.Length == name.Length && Hash(text) == name.Hash ? text : default;

    /// <summary>Whether some address that has a name here has another in a later part of the file.</summary>
    public bool Differs(PerfMap later)
    {
        later.Settle();
        foreach (ref readonly var span in later._spans.AsSpan())
        {
            if (HasOther(span))
                return true;
        }

        // The other way round, since these are not in order.
        foreach (ref readonly var span in CollectionsMarshal.AsSpan(_added))
        {
            if (later.HasOther(span))
                return true;
        }

        return false;
    }

    /// <summary>Whether a span of another map lies over a symbol here that is not the same; of those that are in order.</summary>
    private bool HasOther(in PerfMapSpan span)
    {
        for (var at = FirstBehind(span.Start); at < _spans.Length && _spans[at].Start < span.End; at++)
        {
            ref readonly var known = ref _spans[at];
            if (known.SymbolStart != span.SymbolStart || known.NameHash != span.NameHash)
                return true;
        }

        return false;
    }

    private static bool Found(in PerfMapSpan span, out ulong start, out ulong size, out PerfMapName name)
    {
        start = span.SymbolStart;
        size = span.SymbolSize;
        name = new PerfMapName(span.NameAt, span.NameLength, span.NameHash);
        return true;
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

    private void AddLine(ReadOnlySpan<byte> line, long fileOffset)
    {
        if (_skippingLine || line.Length > MaxLine || !PerfMapLine.TryParse(line, out var parsed))
        {
            _skippingLine = false;
            MalformedLines++;
            return;
        }

        // What later lines lie over makes room, but to find out takes as long as all that is there: worth it only after many lines.
        if (_added.Count >= Math.Max(MaxGathered, _spans.Length) || (IsFull && _added.Count > _spans.Length / 4))
            Settle();
        if (IsFull || fileOffset > int.MaxValue - MaxLine)
        {
            DroppedLines++;
            return;
        }

        _added.Add(new()
        {
            Start = parsed.Start, Length = parsed.Size, SymbolSize = parsed.Size,
            NameAt = (int)fileOffset + parsed.NameAt, NameLength = parsed.Name.Length, NameHash = Hash(parsed.Name),
        });
    }

    private bool IsFull => _spans.Length + _added.Count >= maxSymbols;

    private static uint Hash(ReadOnlySpan<byte> name) => (uint)XxHash3.HashToUInt64(name);

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
    }
}

/// <summary>Where a name stands in a perf map.</summary>
/// <param name="At">File offset.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Hash">Of these bytes: names of one hash are taken for the same.</param>
public readonly record struct PerfMapName(int At, int Length, uint Hash);
