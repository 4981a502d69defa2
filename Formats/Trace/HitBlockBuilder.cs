using System.Buffers;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>
/// Collects hits and codes them as the payload of one hits block. Hits are laid out by (CPU, event) and within that by
/// time, because neighbours on one CPU resemble each other most: the same context for a whole time slice, the same few
/// stacks, small time steps.
/// </summary>
public sealed class HitBlockBuilder
{
    public const int Capacity = 1 << 16;

    /// <summary>Hits so far from their order that moving them one by one would take long are sorted instead.</summary>
    private const int MostMoves = 4 * Capacity;

    private struct Hit
    {
        public ulong Time;
        public int Context;
        public int Stack;
        public int Run;
    }

    private readonly Hit[] _hits = new Hit[Capacity];
    private readonly Dictionary<(int Cpu, int Event), int> _runOf = [];
    private readonly List<(int Cpu, int Event, int Count)> _runs = [];
    private readonly int[] _order = new int[Capacity];
    private readonly byte[] _planes = new byte[Capacity * 8];
    private readonly ulong[] _values = new ulong[Capacity];
    private readonly ArrayBufferWriter<byte> _column = new();
    private readonly Comparison<int> _byTime;
    private readonly Comparison<int> _byFrequency;
    private int[] _stackCounts = new int[1024];
    private int[] _stackPlaces = new int[1024];
    private int[] _stackIds = new int[1024];
    private int _distinct;
    private int _lastCpu = -1;
    private int _lastEvent;
    private int _lastRun;

    public HitBlockBuilder()
    {
        _byTime = (a, b) => _hits[a].Time != _hits[b].Time ? _hits[a].Time.CompareTo(_hits[b].Time) : a.CompareTo(b);
        _byFrequency = (a, b) => _stackCounts[a] != _stackCounts[b]
            ? _stackCounts[b].CompareTo(_stackCounts[a]) : a.CompareTo(b);
    }

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    /// <summary>Adds a hit; the block must not be full. Ids are those of the definition tables.</summary>
    public void Add(ulong time, int cpu, int eventId, int context, int stack)
    {
        if (cpu != _lastCpu || eventId != _lastEvent)
            SelectRun(cpu, eventId);
        ref Hit hit = ref _hits[Count++];
        hit.Time = time;
        hit.Context = context;
        hit.Stack = stack;
        hit.Run = _lastRun;
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_runs)[_lastRun].Count++;
        if (stack >= _stackCounts.Length)
            GrowStacks(stack);
        if (_stackCounts[stack]++ == 0)
            AddStackId(stack);
    }

    /// <summary>Writes the payload and empties the builder; returns the time of the earliest hit.</summary>
    internal ulong Encode(IBufferWriter<byte> payload, Compressor? compressor)
    {
        Arrange();
        ulong baseTime = ulong.MaxValue;
        int first = 0;
        foreach ((_, _, int count) in _runs)
        {
            baseTime = Math.Min(baseTime, _hits[_order[first]].Time);
            first += count;
        }

        Varint.Write(payload, (ulong)Count);
        Varint.Write(payload, (ulong)_runs.Count);
        first = 0;
        foreach ((int cpu, int eventId, int count) in _runs)
        {
            Varint.Write(payload, (ulong)cpu);
            Varint.Write(payload, (ulong)eventId);
            Varint.Write(payload, (ulong)count);
            Varint.Write(payload, _hits[_order[first]].Time - baseTime);
            first += count;
        }

        Varint.Write(payload, 4);
        // Contexts and stacks stand first: folding needs only them and never touches the times.
        WriteContexts(payload, compressor);
        WriteStacks(payload, compressor);
        WriteTimes(payload, compressor);
        Clear();
        return baseTime;
    }

    /// <summary>Puts the indices of the hits into _order: run after run, in time order.</summary>
    private void Arrange()
    {
        Span<int> next = _runs.Count <= 256 ? stackalloc int[_runs.Count] : new int[_runs.Count];
        Span<int> start = _runs.Count <= 256 ? stackalloc int[_runs.Count] : new int[_runs.Count];
        for (int run = 1; run < next.Length; run++)
            next[run] = start[run] = next[run - 1] + _runs[run - 1].Count;
        int moves = 0;
        for (int i = 0; i < Count; i++)
        {
            int run = _hits[i].Run;
            int at = next[run]++;
            // The kernel stamps a record before it reserves its place, so an interrupt can swap neighbours: rare and near.
            while (at > start[run] && moves < MostMoves && _hits[_order[at - 1]].Time > _hits[i].Time)
            {
                _order[at] = _order[at - 1];
                at--;
                moves++;
            }

            _order[at] = i;
        }

        if (moves < MostMoves)
            return;
        for (int run = 0; run < next.Length; run++)
            _order.AsSpan(start[run], next[run] - start[run]).Sort(_byTime);
    }

    private void WriteContexts(IBufferWriter<byte> payload, Compressor? compressor)
    {
        _column.ResetWrittenCount();
        int before = 0;
        for (int i = 0; i < Count;)
        {
            int context = _hits[_order[i]].Context;
            int from = i;
            while (i < Count && _hits[_order[i]].Context == context)
                i++;
            Varint.Write(_column, Varint.ZigZag(context - before));
            Varint.Write(_column, (ulong)(i - from));
            before = context;
        }

        WriteColumn(payload, HitColumn.Contexts, 0, _column.WrittenSpan, compressor);
    }

    private void WriteStacks(IBufferWriter<byte> payload, Compressor? compressor)
    {
        Span<int> ids = _stackIds.AsSpan(0, _distinct);
        ids.Sort(_byFrequency);
        _column.ResetWrittenCount();
        int before = 0;
        for (int place = 0; place < ids.Length; place++)
        {
            Varint.Write(_column, Varint.ZigZag(ids[place] - before));
            before = ids[place];
            _stackPlaces[ids[place]] = place;
        }

        WriteColumn(payload, HitColumn.StackIds, 0, _column.WrittenSpan, compressor);
        for (int i = 0; i < Count; i++)
            _values[i] = (ulong)_stackPlaces[_hits[_order[i]].Stack];
        WritePlanes(payload, HitColumn.Stacks, compressor);
    }

    private void WriteTimes(IBufferWriter<byte> payload, Compressor? compressor)
    {
        int i = 0;
        foreach ((_, _, int count) in _runs)
        {
            ulong before = _hits[_order[i]].Time;
            for (int end = i + count; i < end; i++)
            {
                ulong time = _hits[_order[i]].Time;
                _values[i] = time - before;
                before = time;
            }
        }

        WritePlanes(payload, HitColumn.Times, compressor);
    }

    private void WritePlanes(IBufferWriter<byte> payload, HitColumn column, Compressor? compressor)
    {
        ulong all = 0;
        foreach (ulong value in _values.AsSpan(0, Count))
            all |= value;
        int width = (71 - System.Numerics.BitOperations.LeadingZeroCount(all | 1)) / 8;
        for (int plane = 0; plane < width; plane++)
        {
            Span<byte> destination = _planes.AsSpan(plane * Count, Count);
            int shift = plane * 8;
            for (int i = 0; i < destination.Length; i++)
                destination[i] = (byte)(_values[i] >> shift);
        }

        WriteColumn(payload, column, width, _planes.AsSpan(0, width * Count), compressor);
    }

    private static void WriteColumn(
        IBufferWriter<byte> payload, HitColumn column, int width, ReadOnlySpan<byte> data, Compressor? compressor)
    {
        Span<byte> head = payload.GetSpan(2);
        head[0] = (byte)column;
        head[1] = (byte)width;
        payload.Advance(2);
        PackedBytes.Write(payload, data, compressor);
    }

    private void SelectRun(int cpu, int eventId)
    {
        if (!_runOf.TryGetValue((cpu, eventId), out _lastRun))
        {
            _lastRun = _runs.Count;
            _runs.Add((cpu, eventId, 0));
            _runOf.Add((cpu, eventId), _lastRun);
        }

        _lastCpu = cpu;
        _lastEvent = eventId;
    }

    private void AddStackId(int stack)
    {
        if (_distinct == _stackIds.Length)
            Array.Resize(ref _stackIds, _distinct * 2);
        _stackIds[_distinct++] = stack;
    }

    private void GrowStacks(int stack)
    {
        int length = Math.Max(stack + 1, _stackCounts.Length * 2);
        Array.Resize(ref _stackCounts, length);
        Array.Resize(ref _stackPlaces, length);
    }

    private void Clear()
    {
        foreach (int id in _stackIds.AsSpan(0, _distinct))
            _stackCounts[id] = 0;
        _distinct = 0;
        _runs.Clear();
        _runOf.Clear();
        _lastCpu = -1;
        Count = 0;
    }
}
