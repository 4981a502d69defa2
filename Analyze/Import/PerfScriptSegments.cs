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
/// <param name="text">From here on this object's.</param>
internal sealed class PerfScriptSegments(Stream text, ImportOptions options) : IImportedSegments
{
    /// <summary>Memory for what a segment defined, after which the next begins.</summary>
    internal const long MostRemembered = 12 << 20;

    /// <summary>Names of events that are remembered.</summary>
    private const int MostNames = 1 << 12;

    /// <summary>Bytes of a segment after which the next begins.</summary>
    internal const long MostBytes = 16 << 20;

    private readonly PerfScriptReader _reader = new(text);
    private readonly EventSelection _selection = new(options.Events);
    private readonly HashSet<string> _names = [];
    private TraceWriter? _trace;
    private PerfScriptStacks? _stacks;
    private PerfScriptContexts? _contexts;
    private ulong _time;
    private ulong _lost;
    private bool _isEnd;

    public string Format => "text of perf script";

    public int Count { get; private set; }

    public string? Error { get; private set; }

    public ReadOnlyMemory<byte> Bytes { get; private set; }

    public ulong Hits => _trace?.Hits ?? 0;

    public ulong Lost { get; private set; }

    public long BytesWritten => _trace?.BytesWritten ?? 0;

    /// <summary>What was passed over so far.</summary>
    public SkippedLines Lines => _reader.Skipped;

    public IReadOnlyList<string> Damage => [.. Lines.Places.Where(place => place.IsDamage).Select(place => place.ToString())];

    public string? Skipped => Lines.Places.FirstOrDefault(place => !place.IsDamage) is { Count: > 0 } extra ? extra.ToString() : null;

    public IReadOnlyCollection<string> Notices => [];

    public IReadOnlyList<string> Taken => [.. _names.Where(name => _selection.Takes(name, _names))];

    /// <summary>Whether a file that starts like this is such a text.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<byte> start) => PerfScriptReader.LooksLikePerfScript(start);

    public bool TryNext([NotNullWhen(true)] out TraceReader? segment)
    {
        segment = null;
        // It was written just now, so it can be read.
        return TryFill() && TraceReader.TryOpen(new FileInMemory(Bytes), out segment, out _);
    }

    /// <summary>
    /// Reads on until a segment is full or the text ends; there is at least one, perhaps without hits. False at the end.
    /// </summary>
    public bool TryFill()
    {
        Bytes = default;
        if (_isEnd)
            return false;
        var file = new MemoryStream();
        ulong before = Hits;
        Begin(file);
        _lost = 0;
        ReadHits();
        if (Hits == before && _lost == 0 && Lines.Count == 0 && Count > 0)
            return false;
        WriteFacts(_trace!.Definitions);
        _trace.Finish((EndCounter.Lost, _lost));
        Bytes = file.GetBuffer().AsMemory(0, (int)file.Length);
        Count++;
        return true;
    }

    public void Dispose()
    {
        _trace?.Dispose();
        text.Dispose();
    }

    private void Begin(MemoryStream file)
    {
        if (_trace is not null)
        {
            _trace.BeginSegment(file);
            _stacks!.BeginSegment();
            _contexts!.BeginSegment();
            return;
        }

        _trace = new TraceWriter(file, options.ZstdLevel);
        _stacks = new PerfScriptStacks(_trace.Definitions, _reader);
        _contexts = new PerfScriptContexts(_trace.Definitions, Wants);
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
                if (_contexts!.EventOf(hit) is not 0 and var wanted)
                    _trace!.AddHit(_time, Math.Max(hit.Cpu, 0), wanted, _contexts.ContextOf(hit), _stacks!.Of(hit));
                if (_trace!.Definitions.RememberedBytes + _stacks!.Bytes + _contexts.Bytes >= MostRemembered
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
        // Which events there are is known only now.
        Error ??= _selection.Problem(_names);
    }

    private bool Wants(string name)
    {
        // Beyond so many they are what damage made, not events.
        if (_names.Count < MostNames)
            _names.Add(name);
        return _selection.Takes(name, _names);
    }

    private void AddLosses()
    {
        foreach (PerfScriptLoss loss in _reader.Losses)
        {
            LossReason reason = loss.Count == 0 ? LossReason.Throttled : LossReason.RingFull;
            _trace!.Definitions.Loss(new LossRow(loss.Time, (uint)loss.Cpu, 0, reason, loss.Count));
            _lost = Sum(_lost, loss.Count);
            Lost = Sum(Lost, loss.Count);
        }

        _reader.ClearLosses();

        // The numbers are the text's: they may say anything.
        static ulong Sum(ulong sum, ulong more) => sum + more < sum ? ulong.MaxValue : sum + more;
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
        foreach (SkippedPlace place in Lines.Places)
            definitions.Meta("notice", $"perf's text: {place}");

        void Say(string key, string? value)
        {
            if (value is not null)
                definitions.Meta(key, value);
        }
    }
}
