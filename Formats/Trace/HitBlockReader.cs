using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>
/// Decodes the payload of one hits block at a time into buffers that it keeps. Not safe for several threads; each thread
/// takes one of its own.
/// </summary>
public sealed class HitBlockReader : IDisposable
{
    private readonly Decompressor _decompressor = new();
    private readonly List<HitRun> _runs = [];
    private readonly List<ContextRun> _contexts = [];
    private int[] _stackIds = [];
    private int _stackIdCount;
    private byte[]? _varints;
    private byte[]? _stackBytes;
    private byte[]? _timeBytes;
    private int[] _places = [];
    private int _stackWidth;
    private ulong[] _times = [];

    /// <summary>Hits in the block.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<HitRun> Runs => CollectionsMarshal.AsSpan(_runs);

    /// <summary>The contexts of all hits in order; their counts add up to <see cref="Count"/>.</summary>
    public ReadOnlySpan<ContextRun> Contexts => CollectionsMarshal.AsSpan(_contexts);

    /// <summary>The distinct stack ids of the block; <see cref="Places"/> count into them.</summary>
    public ReadOnlySpan<int> StackIds => _stackIds.AsSpan(0, _stackIdCount);

    /// <summary>Bytes for each hit's place in <see cref="StackIds"/>: 1 for up to 256 distinct stacks.</summary>
    public int StackWidth => _stackWidth;

    /// <summary>For each hit the place of its stack in <see cref="StackIds"/>; all are in range.</summary>
    public ReadOnlySpan<int> Places => _places.AsSpan(0, Count);

    /// <summary>CLOCK_MONOTONIC ns of each hit; empty when the times were not asked for.</summary>
    public ReadOnlySpan<ulong> Times => _times.AsSpan(0, _timesDecoded ? Count : 0);

    private bool _timesDecoded;

    /// <summary>The stack id of one hit.</summary>
    public int Stack(int hit) => _stackIds[Places[hit]];

    /// <summary>Decodes a payload whose checksum was checked. On false <paramref name="error"/> says why.</summary>
    /// <param name="baseTime">The first time in the block's header.</param>
    public bool TryRead(ReadOnlySpan<byte> payload, ulong baseTime, bool withTimes, out string? error)
    {
        _runs.Clear();
        _contexts.Clear();
        _stackIdCount = 0;
        _stackWidth = 0;
        _timesDecoded = false;
        Count = 0;
        error = "hits block head is malformed";
        if (!TryReadHead(ref payload, baseTime, out int columns))
            return false;
        uint seen = 0;
        for (int i = 0; i < columns; i++)
        {
            error = "hits block ends before its last column";
            if (payload.Length < 2)
                return false;
            var column = (HitColumn)payload[0];
            error = s_malformed[Math.Min(payload[0], s_malformed.Length - 1)];
            int width = payload[1];
            payload = payload[2..];
            uint bit = column <= HitColumn.Stacks ? 1u << (int)column : 0;
            // Each stands once: decoding the same column many times over would only cost time.
            bool good = (seen & bit) == 0 && column switch
            {
                HitColumn.Contexts => TryReadContexts(ref payload),
                HitColumn.StackIds => TryReadStackIds(ref payload),
                HitColumn.Stacks => TryReadStacks(ref payload, width),
                HitColumn.Times when withTimes => TryReadTimes(ref payload, width),
                _ => PackedBytes.TrySkip(ref payload, TraceLimits.RawBytes),
            };
            if (!good)
                return false;
            seen |= bit;
        }

        error = "hits block goes on behind its last column";
        if (!payload.IsEmpty)
            return false;
        error = "hits block lacks a column";
        if (Count > 0 && (_contexts.Count == 0 || _stackWidth == 0 || (withTimes && !_timesDecoded)))
            return false;
        error = null;
        return true;
    }

    public void Dispose() => _decompressor.Dispose();

    private static readonly string[] s_malformed =
    [
        "a column of the hits block is malformed", "the times of the hits block are malformed",
        "the contexts of the hits block are malformed", "the stack ids of the hits block are malformed",
        "the stacks of the hits block are malformed", "an unknown column of the hits block is malformed",
    ];

    private bool TryReadHead(ref ReadOnlySpan<byte> payload, ulong baseTime, out int columns)
    {
        columns = 0;
        if (!Varint.TryReadInt32(ref payload, TraceLimits.HitsPerBlock, out int count)
            || !Varint.TryReadInt32(ref payload, count, out int runs))
            return false;
        int first = 0;
        for (int i = 0; i < runs; i++)
        {
            if (!Varint.TryReadInt32(ref payload, int.MaxValue, out int cpu)
                || !Varint.TryReadInt32(ref payload, int.MaxValue, out int eventId)
                || !Varint.TryReadInt32(ref payload, count - first, out int hits) || hits == 0
                || !Varint.TryRead(ref payload, out ulong firstTime))
                return false;
            _runs.Add(new HitRun(cpu, eventId, first, hits, baseTime + firstTime));
            first += hits;
        }

        Count = count;
        return first == count && Varint.TryReadInt32(ref payload, 255, out columns);
    }

    private bool TryReadContexts(ref ReadOnlySpan<byte> payload)
    {
        if (!PackedBytes.TryRead(ref payload, _decompressor, 2 * Varint.MaxBytes * Count, ref _varints, out var data))
            return false;
        long context = 0;
        int left = Count;
        while (left > 0)
        {
            if (!Varint.TryRead(ref data, out ulong step) || !Varint.TryReadInt32(ref data, left, out int run) || run == 0)
                return false;
            context += Varint.UnZigZag(step);
            if (context is < 0 or >= TraceLimits.Rows)
                return false;
            _contexts.Add(new ContextRun((int)context, run));
            left -= run;
        }

        return data.IsEmpty;
    }

    private bool TryReadStackIds(ref ReadOnlySpan<byte> payload)
    {
        // They stand before the places that count into them: the places are checked against them only once.
        if (_stackWidth != 0 || !PackedBytes.TryRead(ref payload, _decompressor, Varint.MaxBytes * Count, ref _varints, out var data))
            return false;
        long id = 0;
        while (!data.IsEmpty)
        {
            if (!Varint.TryRead(ref data, out ulong step))
                return false;
            id += Varint.UnZigZag(step);
            if (id is < 0 or >= TraceLimits.Rows || _stackIdCount == Count)
                return false;
            if (_stackIdCount == _stackIds.Length)
                Array.Resize(ref _stackIds, Math.Max(256, _stackIds.Length * 2));
            _stackIds[_stackIdCount++] = (int)id;
        }

        return true;
    }

    private bool TryReadStacks(ref ReadOnlySpan<byte> payload, int width)
    {
        if (width is < 1 or > 3
            || !PackedBytes.TryRead(ref payload, _decompressor, width * Count, ref _stackBytes, out var data)
            || data.Length != width * Count)
            return false;
        if (_places.Length < Count)
            _places = new int[Math.Max(Count, 2 * _places.Length)];
        Span<int> places = _places.AsSpan(0, Count);
        _stackWidth = width;
        // Checked once for the block, so that nothing has to be checked for each hit later.
        return Join(data, width, places) < _stackIdCount || Count == 0;
    }

    /// <summary>Puts the bytes of each number together; returns the largest number.</summary>
    private static int Join(ReadOnlySpan<byte> planes, int width, Span<int> numbers)
    {
        int count = numbers.Length, at = 0;
        ReadOnlySpan<byte> low = planes[..count];
        ReadOnlySpan<byte> middle = width > 1 ? planes.Slice(count, count) : default;
        var largest = Vector128<ushort>.Zero;
        if (width <= 2)
        {
            for (; at <= count - Vector128<byte>.Count; at += Vector128<byte>.Count)
            {
                Vector128<byte> lows = Vector128.Create(low[at..]);
                Vector128<byte> highs = width == 2 ? Vector128.Create(middle[at..]) : Vector128<byte>.Zero;
                Vector128<ushort> first = Vector128.WidenLower(lows) | Vector128.WidenLower(highs) << 8;
                Vector128<ushort> second = Vector128.WidenUpper(lows) | Vector128.WidenUpper(highs) << 8;
                largest = Vector128.Max(largest, Vector128.Max(first, second));
                Vector128.WidenLower(first).AsInt32().CopyTo(numbers[at..]);
                Vector128.WidenUpper(first).AsInt32().CopyTo(numbers[(at + 4)..]);
                Vector128.WidenLower(second).AsInt32().CopyTo(numbers[(at + 8)..]);
                Vector128.WidenUpper(second).AsInt32().CopyTo(numbers[(at + 12)..]);
            }
        }

        int most = 0;
        for (int i = 0; i < Vector128<ushort>.Count; i++)
            most = Math.Max(most, largest[i]);
        for (; at < count; at++)
        {
            numbers[at] = low[at] | (width > 1 ? middle[at] << 8 : 0) | (width > 2 ? planes[2 * count + at] << 16 : 0);
            most = Math.Max(most, numbers[at]);
        }

        return most;
    }

    private bool TryReadTimes(ref ReadOnlySpan<byte> payload, int width)
    {
        if (width is < 1 or > 8
            || !PackedBytes.TryRead(ref payload, _decompressor, width * Count, ref _timeBytes, out var data)
            || data.Length != width * Count)
            return false;
        if (_times.Length < Count)
            _times = new ulong[Math.Max(Count, 2 * _times.Length)];
        Span<ulong> times = _times.AsSpan(0, Count);
        times.Clear();
        for (int plane = 0; plane < width; plane++)
        {
            ReadOnlySpan<byte> bytes = data.Slice(plane * Count, Count);
            int shift = plane * 8;
            for (int i = 0; i < times.Length; i++)
                times[i] |= (ulong)bytes[i] << shift;
        }

        foreach (HitRun run in Runs)
        {
            ulong time = run.FirstTime;
            foreach (ref ulong value in times.Slice(run.First, run.Count))
            {
                // Within a run times only grow; those who search among them trust in it.
                if (value > ulong.MaxValue - time)
                    return false;
                value = time += value;
            }
        }

        _timesDecoded = true;
        return true;
    }
}
