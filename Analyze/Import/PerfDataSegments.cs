using System.Diagnostics.CodeAnalysis;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>
/// The hits of a perf.data file as segments of a trace, each made in memory when it is asked for: a file of any size takes
/// the memory of its largest segment. Damage ends it where perf's own reading would end.
/// </summary>
internal sealed class PerfDataSegments : IImportedSegments
{
    /// <summary>Records between two looks at how much the segment takes.</summary>
    private const int LookEvery = 1024;

    /// <summary>kernel.perf_event_max_stack unless somebody changed it.</summary>
    private const int UsualMaxStack = 127;

    private readonly PerfDataReader _reader;
    private readonly RecordedEvents _events;
    private readonly ImportedRecording _recording;
    private readonly SkippedRecords _skipped;
    private readonly Notices _notices = new(_ => { });
    private readonly List<string> _damage = [];
    private bool _isAtEnd;

    private PerfDataSegments(PerfDataReader reader, RecordedEvents events, ImportOptions options, DateTime? written)
    {
        _reader = reader;
        _events = events;
        _skipped = new SkippedRecords(reader);
        var buildIds = new RecordedBuildIds(reader.Features);
        bool MayBeOwn() => OwnMachine.MayHaveMade(reader.Features);
        var code = new RecordedCode(options.SymbolRoot, buildIds, MayBeOwn,
            () => MayBeOwn() && OwnMachine.IsStillUp(_recording!.LatestTime, written));
        int[] depths = [.. reader.Events.Select(e => (int)e.Attr.SampleMaxStack).Distinct()];
        _recording = new ImportedRecording(options, new RecordedKernel(options, buildIds, MayBeOwn),
            new SymbolFiles(options.SymbolRoot, buildIds, _notices), code,
            depths is [> 0 and var depth] ? depth : UsualMaxStack, _notices);
        if (reader.Features.Arch is not ("x86_64" or null) && reader.Events.Any(e => e.Layout?.Has(SampleFormat.StackUser) == true))
        {
            // The registers mean something else there.
            _recording.Recorder.UserFrames = null;
            _notices.Say($"user stacks of {reader.Features.Arch} are not unwound: their user callers are missing");
        }
    }

    public string Format => "perf.data";

    public int Count { get; private set; }

    public string? Error { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _recording.Bytes;

    public IReadOnlyList<string> Damage
    {
        get
        {
            for (int i = _damage.Count; i < _reader.Damage.Count; i++)
                _damage.Add(_reader.Damage[i].ToString());
            return _damage;
        }
    }

    public string? Skipped => _skipped.Text(_recording.BadSideBand);

    public IReadOnlyCollection<string> Notices => _notices.Said;

    public IReadOnlyList<string> Taken => _events.Taken;

    public ulong Hits => _recording.Trace.Hits;

    public ulong Lost => _recording.Lost;

    public long BytesWritten => _recording.Trace.BytesWritten;

    /// <summary>Whether a file that starts like this is perf.data.</summary>
    public static bool LooksLikeOne(ReadOnlySpan<byte> start) => PerfDataHeader.LooksLikePerfData(start);

    /// <summary>Opens a file, which stays the caller's. Null, with the reason, when it cannot be read at all, or has no such event.</summary>
    /// <param name="written">When the file was last written; null where nobody knows.</param>
    public static PerfDataSegments? Open(IFileBytes bytes, ImportOptions options, DateTime? written, out string? error)
    {
        if (!PerfDataReader.TryOpen(bytes, out PerfDataReader? reader, out error))
            return null;
        var selection = new EventSelection(options.Events);
        var events = new RecordedEvents(reader!, selection);
        error = selection.Problem(events.Names);
        if (error is null)
            return new PerfDataSegments(reader!, events, options, written);
        reader!.Dispose();
        return null;
    }

    public bool TryNext([NotNullWhen(true)] out TraceReader? segment)
    {
        segment = null;
        if (!TryFill())
            return false;
        // It was written just now, so it can be read.
        return TraceReader.TryOpen(new FileInMemory(Bytes), out segment, out _);
    }

    public bool TryFill()
    {
        if (_isAtEnd)
            return false;
        if (Count++ > 0)
            _recording.BeginSegment();
        _events.BeginSegment(_recording.Trace.Definitions);
        PerfDataFacts.Write(_reader, _recording.Trace.Definitions);
        _isAtEnd = !Fill();
        // Through a pipe an event can be told of after others' hits.
        if (_isAtEnd)
            Error = _events.Problem;
        if (_isAtEnd)
            _recording.EndSegment(isLast: true, Skipped, _skipped.Remark);
        else
            _recording.EndSegment(isLast: false);
        return true;
    }

    public void Dispose()
    {
        _recording.Dispose();
        _reader.Dispose();
    }

    /// <summary>Takes records in until the segment is full; false at the end of the file.</summary>
    private bool Fill()
    {
        Recorder recorder = _recording.Recorder;
        DefinitionWriter definitions = _recording.Trace.Definitions;
        for (int taken = 1; _reader.MoveNext(); taken++)
        {
            PerfDataRecord record = _reader.Current;
            if (record.Kind != RecordKind.Sample)
            {
                recorder.SideBand(record.Bytes, record.Layout, isHitRing: true);
            }
            else if (_events.IdOf(record.Event, definitions) is var eventId and not 0)
            {
                if (_recording.FirstTime == 0)
                    _recording.FirstTime = record.Time;
                _recording.LatestTime = Math.Max(_recording.LatestTime, record.Time);
                _recording.SettleKernel();
                _skipped.Look(record.Layout);
                recorder.Sample(record.Bytes, record.Layout, eventId);
            }

            if (taken % LookEvery != 0)
                continue;
            _recording.Sweep(record.Time);
            if (_recording.IsFull)
                return true;
        }

        return false;
    }
}
