using System.Diagnostics.CodeAnalysis;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>
/// What <c>perf script</c> prints, as the segments of a trace in memory, one after the other: a text of any length takes
/// the memory of one segment.
/// </summary>
/// <remarks>
/// The text knows no ancestors, cgroups, mappings and build IDs, and no wall clock: times are those of perf's clock. Frames
/// are places in modules by the name of the module and the address as printed.
/// </remarks>
/// <param name="text">Stays the caller's.</param>
/// <param name="zstdLevel">As <see cref="TraceWriter"/> has it: 0 where the segment is only read, once.</param>
internal sealed class PerfScriptSegments(Stream text, int zstdLevel = 0) : IDisposable
{
    /// <summary>Memory for what a segment defined, after which the next begins.</summary>
    internal const long MostRemembered = 12 << 20;

    /// <summary>Bytes of a segment after which the next begins.</summary>
    internal const long MostBytes = 16 << 20;

    private readonly PerfScriptReader _reader = new(text);
    private TraceWriter? _trace;
    private PerfScriptStacks? _stacks;
    private PerfScriptContexts? _contexts;
    private ulong _time;
    private ulong _lost;
    private bool _isEnd;

    /// <summary>Segments so far.</summary>
    public int Count { get; private set; }

    /// <summary>Hits so far.</summary>
    public ulong Hits => _trace?.Hits ?? 0;

    /// <summary>Why the text was not read to its end; null where it was, or is still being read.</summary>
    public string? Error { get; private set; }

    /// <summary>What was passed over so far.</summary>
    public SkippedLines Skipped => _reader.Skipped;

    /// <summary>The bytes of the segment that was given last: those of all, one behind the other, are a trace.</summary>
    public ReadOnlyMemory<byte> SegmentBytes { get; private set; }

    /// <summary>
    /// Reads on until a segment is full or the text ends; there is at least one, perhaps without hits. False at the end.
    /// </summary>
    public bool TryNext([NotNullWhen(true)] out TraceReader? segment)
    {
        segment = null;
        SegmentBytes = default;
        if (_isEnd)
            return false;
        var file = new MemoryStream();
        ulong before = Hits;
        Begin(file);
        _lost = 0;
        ReadHits();
        if (Hits == before && _lost == 0 && Skipped.Count == 0 && Count > 0)
            return false;
        WriteFacts(_trace!.Definitions);
        _trace.Finish((EndCounter.Lost, _lost));
        SegmentBytes = file.GetBuffer().AsMemory(0, (int)file.Length);
        Count++;
        return TraceReader.TryOpen(new FileInMemory(SegmentBytes), out segment, out _);
    }

    public void Dispose() => _trace?.Dispose();

    private void Begin(MemoryStream file)
    {
        if (_trace is not null)
        {
            _trace.BeginSegment(file);
            _stacks!.BeginSegment();
            _contexts!.BeginSegment();
            return;
        }

        _trace = new TraceWriter(file, zstdLevel);
        _stacks = new PerfScriptStacks(_trace.Definitions, _reader);
        _contexts = new PerfScriptContexts(_trace.Definitions);
    }

    /// <summary>Reads hits until the segment is full or the text ends.</summary>
    private void ReadHits()
    {
        try
        {
            while (_reader.TryRead(out PerfScriptHit hit))
            {
                if (_reader.Losses.Count > 0)
                    AddLosses();
                // Where no times are printed, the order of the lines must do.
                _time = hit.HasTime ? hit.Time : _time + 1;
                _trace!.AddHit(_time, Math.Max(hit.Cpu, 0), _contexts!.EventOf(hit), _contexts.ContextOf(hit), _stacks!.Of(hit));
                if (_trace.Definitions.RememberedBytes + _stacks.Bytes + _contexts.Bytes >= MostRemembered
                    || _trace.SegmentBytes >= MostBytes)
                    return;
            }
        }
        catch (IOException failure)
        {
            Error = $"the text cannot be read on: {failure.Message}";
        }

        AddLosses();
        _isEnd = true;
    }

    private void AddLosses()
    {
        foreach (PerfScriptLoss loss in _reader.Losses)
        {
            LossReason reason = loss.Count == 0 ? LossReason.Throttled : LossReason.RingFull;
            _trace!.Definitions.Loss(new LossRow(loss.Time, (uint)loss.Cpu, 0, reason, loss.Count));
            _lost = _lost + loss.Count < _lost ? ulong.MaxValue : _lost + loss.Count;
        }

        _reader.ClearLosses();
    }

    private void WriteFacts(DefinitionWriter definitions)
    {
        PerfScriptFacts facts = _reader.Facts;
        definitions.Meta("tool", facts.Version is { } version ? $"perf {version}, as text" : "perf, as text");
        Say("host", facts.Host);
        Say("kernel", facts.Kernel);
        Say("machine", facts.Machine);
        Say("cpus.online", facts.Cpus);
        Say("command", facts.Command);
        if (!_isEnd)
            return;
        foreach (SkippedPlace place in Skipped.Places)
            definitions.Meta("notice", $"perf's text: {place}");

        void Say(string key, string? value)
        {
            if (value is not null)
                definitions.Meta(key, value);
        }
    }
}
