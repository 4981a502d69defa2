using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Report;

/// <summary>
/// Prints a segment as JSON lines, one object for each hit in time order, as REPORT-JSON.md describes them. All but the first few
/// fields come in parts that depend on a hit's context or on one half of its stack alone: each is written once and copied from
/// then on.
/// </summary>
/// <param name="filter">Which hits are printed; null for all.</param>
public sealed class TraceJson(TraceReader trace, SegmentFilter? filter = null) : IDisposable
{
    /// <summary>Past this many bytes the kept texts are forgotten and made again: they only save time.</summary>
    private const int MaxKept = 64 << 20;

    private const ulong NsPerSecond = 1_000_000_000;

    /// <summary>Bytes that a hit's own fields take at most, its event's name apart.</summary>
    private const int MostOwn = 256;

    private readonly JsonHit _hit = new(trace.Definitions);
    private readonly WallClock _clock = new(trace.Definitions);
    private readonly Dictionary<(Part Part, int Id, int Space), (int Start, int Length)> _parts = [];
    private readonly Dictionary<int, byte[]> _events = [];
    private readonly ArrayBufferWriter<byte> _kept = new(1 << 16);
    private readonly byte[] _second = new byte[19];
    private ulong _secondShown = ulong.MaxValue;

    /// <summary>Writes every hit that can be read; returns the number of the last.</summary>
    /// <param name="sequence">Number of the hit before the first.</param>
    /// <param name="events">Told how many hits of each event there were.</param>
    /// <param name="last">Number of the last hit to be written.</param>
    public long Write(IBufferWriter<byte> output, long sequence = 0, EventHits? events = null, long last = long.MaxValue)
    {
        var tally = new EventTally();
        using var hits = new HitStream(trace, filter);
        for (ReadOnlySpan<Hit> some = hits.Read(); !some.IsEmpty && sequence < last; some = hits.Read())
        {
            foreach (Hit hit in some[..(int)Math.Min(some.Length, last - sequence)])
            {
                tally.Count(hit.Event);
                Write(hit, ++sequence, output);
            }
        }

        events?.Add(trace.Definitions, tally.Hits);
        return sequence;
    }

    public void Dispose() => _hit.Dispose();

    private enum Part
    {
        Who,
        Kernel,
        User,
        Ends,
    }

    private void Write(in Hit hit, long sequence, IBufferWriter<byte> output)
    {
        StackRow stack = trace.Definitions.Stack(hit.Stack);
        int space = trace.Definitions.Context(hit.Context).Space;
        WriteOwn(hit, sequence, output);
        Copy(Part.Who, hit.Context, 0, hit.Time, output);
        Copy(Part.Kernel, stack.Kernel, 0, hit.Time, output);
        Copy(Part.User, stack.User, stack.User == 0 ? 0 : space, hit.Time, output);
        if (stack.Flags != StackFlags.None)
            Copy(Part.Ends, (int)stack.Flags, 0, hit.Time, output);
        output.Write("}\n"u8);
    }

    private void Copy(Part part, int id, int space, ulong time, IBufferWriter<byte> output)
    {
        if (_parts.TryGetValue((part, id, space), out (int Start, int Length) known))
        {
            output.Write(_kept.WrittenSpan.Slice(known.Start, known.Length));
            return;
        }

        bool isFixed = true;
        ReadOnlySpan<byte> bytes = part switch
        {
            Part.Who => _hit.Who(id),
            Part.Kernel => _hit.Kernel(id),
            Part.User => _hit.User(id, space, time, out isFixed),
            _ => _hit.Ends((StackFlags)id),
        };
        output.Write(bytes);
        // Where a module was mapped again meanwhile, addresses depend on the hit's time.
        if (!isFixed)
            return;
        if (_kept.WrittenCount > MaxKept)
        {
            _kept.ResetWrittenCount();
            _parts.Clear();
        }

        _parts.Add((part, id, space), (_kept.WrittenCount, bytes.Length));
        _kept.Write(bytes);
    }

    private void WriteOwn(in Hit hit, long sequence, IBufferWriter<byte> output)
    {
        if (!_events.TryGetValue(hit.Event, out byte[]? name))
            _events.Add(hit.Event, name = _hit.Quoted(trace.Definitions.String(trace.Definitions.Event(hit.Event).Name)));
        Span<byte> room = output.GetSpan(MostOwn + name.Length);
        int length = 0;
        Text("{\"hit\":"u8, room, ref length);
        Number((ulong)sequence, default, room, ref length);
        Text(",\"time\":"u8, room, ref length);
        Time(hit.Time, room, ref length);
        Text(",\"monotonic_ns\":"u8, room, ref length);
        Number(hit.Time, default, room, ref length);
        Text(",\"cpu\":"u8, room, ref length);
        Number((ulong)hit.Cpu, default, room, ref length);
        Text(",\"event\":"u8, room, ref length);
        Text(name, room, ref length);
        output.Advance(length);
    }

    private void Time(ulong monotonic, Span<byte> room, ref int length)
    {
        ulong time = _clock.Realtime(monotonic);
        // Without a clock nobody knows, and no calendar goes beyond the year 9999.
        const ulong behindCalendar = 253_402_300_800;
        ulong second = time / NsPerSecond;
        if (!_clock.IsKnown || second >= behindCalendar)
        {
            Text("null"u8, room, ref length);
            return;
        }

        if (second != _secondShown)
        {
            string text = DateTime.UnixEpoch.AddSeconds(second).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
            Encoding.ASCII.GetBytes(text, _second);
            _secondShown = second;
        }

        Text("\""u8, room, ref length);
        Text(_second, room, ref length);
        Text("."u8, room, ref length);
        Number(time % NsPerSecond, new StandardFormat('D', 9), room, ref length);
        Text("Z\""u8, room, ref length);
    }

    private static void Text(ReadOnlySpan<byte> text, Span<byte> room, ref int length)
    {
        text.CopyTo(room[length..]);
        length += text.Length;
    }

    private static void Number(ulong number, StandardFormat format, Span<byte> room, ref int length)
    {
        Utf8Formatter.TryFormat(number, room[length..], out int digits, format);
        length += digits;
    }
}
