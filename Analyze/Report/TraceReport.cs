using System.Buffers;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Report;

/// <summary>
/// Prints the documented text of a segment, hit by hit in time order. All of a hit but its two header lines depends only on
/// its context and stack, so it is formatted once for each such pair and copied from then on.
/// </summary>
public sealed class TraceReport
{
    /// <summary>Past this many bytes the kept texts are forgotten and made again: they only save time.</summary>
    private const int MaxKept = 64 << 20;

    private readonly TraceReader _trace;
    private readonly TraceDefinitions _definitions;
    private readonly FrameSymbols _symbols;
    private readonly FrameAddresses _addresses;
    private readonly WallClock _clock;
    private readonly Dictionary<(int Context, int Stack), (int Start, int Length)> _bodies = [];
    private readonly ArrayBufferWriter<byte> _kept = new(1 << 16);
    private readonly int[] _frames = new int[TraceLimits.StackDepth];

    private readonly SegmentFilter? _filter;

    /// <param name="filter">Which hits are printed; null for all.</param>
    public TraceReport(TraceReader trace, SegmentFilter? filter = null)
    {
        _trace = trace;
        _filter = filter;
        _definitions = trace.Definitions;
        _symbols = new FrameSymbols(trace.Definitions);
        _addresses = new FrameAddresses(trace.Definitions);
        _clock = new WallClock(trace.Definitions);
    }

    /// <summary>Writes every hit that can be read; returns the number of the last.</summary>
    /// <param name="sequence">Number of the hit before the first.</param>
    /// <param name="events">Told how many hits of each event there were.</param>
    /// <param name="last">Number of the last hit to be written.</param>
    public long Write(IBufferWriter<byte> output, long sequence = 0, EventHits? events = null, long last = long.MaxValue)
    {
        var tally = new EventTally();
        using var hits = new HitStream(_trace, _filter);
        for (ReadOnlySpan<Hit> some = hits.Read(); !some.IsEmpty && sequence < last; some = hits.Read())
        {
            foreach (Hit hit in some[..(int)Math.Min(some.Length, last - sequence)])
            {
                tally.Count(hit.Event);
                Write(hit, ++sequence, output);
            }
        }

        events?.Add(_definitions, tally.Hits);
        return sequence;
    }

    private void Write(Hit hit, long sequence, IBufferWriter<byte> output)
    {
        ContextRow context = _definitions.Context(hit.Context);
        ulong time = _clock.Realtime(hit.Time);
        ReportWriter.HitHeader(output, (int)Math.Min(context.Tid, int.MaxValue), _definitions.String(context.Comm),
            CgroupName.Of(_definitions.String(_definitions.Cgroup(context.Cgroup).Path)),
            sequence, time / 1_000_000_000, (uint)(time % 1_000_000_000 / 1000));
        if (!_bodies.TryGetValue((hit.Context, hit.Stack), out (int Start, int Length) body))
        {
            if (_kept.WrittenCount > MaxKept)
            {
                _kept.ResetWrittenCount();
                _bodies.Clear();
            }

            body.Start = _kept.WrittenCount;
            bool isFixed = WriteBody(hit, context, _kept);
            body.Length = _kept.WrittenCount - body.Start;
            // Where a module was mapped again meanwhile, addresses depend on the hit's time.
            if (isFixed)
                _bodies.Add((hit.Context, hit.Stack), body);
        }

        output.Write(_kept.WrittenSpan.Slice(body.Start, body.Length));
    }

    private bool WriteBody(Hit hit, ContextRow context, IBufferWriter<byte> output)
    {
        StackRow stack = _definitions.Stack(hit.Stack);
        bool isFixed = true;
        ReportWriter.KernelSection(output);
        foreach (int frame in Half(stack.Kernel))
        {
            ulong address = _addresses.Of(_definitions.Frame(frame), 0, hit.Time, out _);
            ReportWriter.KernelFrame(output, address, _symbols.Name(frame), _symbols.KernelModule(frame));
        }

        ReportWriter.UserSection(output);
        foreach (int frame in Half(stack.User))
        {
            ulong address = _addresses.Of(_definitions.Frame(frame), context.Space, hit.Time, out bool known);
            isFixed &= known;
            ReportWriter.UserFrame(output, address, _symbols.Name(frame));
        }

        ReportWriter.Thread(output, _definitions.String(context.Comm));
        ReportWriter.ChainSection(output);
        int depth = 0;
        for (int process = context.Process; process != 0 && depth++ < TraceLimits.ChainDepth;)
        {
            ProcessRow row = _definitions.Process(process);
            ReportWriter.ChainProcess(output, _definitions.String(row.Comm));
            process = row.Parent;
        }

        ReportWriter.End(output);
        return isFixed;
    }

    private ReadOnlySpan<int> Half(int leaf) => _frames.AsSpan(0, _definitions.Frames(leaf, _frames));
}
