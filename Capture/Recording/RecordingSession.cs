using Diagnose.Capture.DotNet;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Live;
using Diagnose.Capture.Probes;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Recording;

/// <summary>How far a recording has come, for a person who watches it.</summary>
internal readonly record struct Progress(ulong Hits, ulong Lost, long Bytes, ulong ElapsedNs);

/// <summary>
/// One recording: joins the rings, the tables and the trace, and keeps the promise that what was seen up to a second ago
/// is in the file, named.
/// </summary>
internal sealed class RecordingSession : IDisposable
{
    /// <summary>Written at least this often, so that a killed recorder loses less than a second.</summary>
    private const ulong FlushNs = 500_000_000;

    /// <summary>The wall clock is compared this often: it may be set or slewed while a recording runs.</summary>
    private const ulong ClockNs = 60_000_000_000;

    /// <summary>How old a record must be before it is taken: see <see cref="RingMerge.Drain"/>.</summary>
    private const ulong SettleNs = 5_000_000;

    /// <summary>How long whoever reads waits after a wake-up: then what woke it is old enough.</summary>
    internal const int SettleMs = 6;

    /// <summary>Rings are read at least this often, whatever their watermarks say.</summary>
    internal const int PollMs = 100;

    /// <summary>
    /// Memory for what a segment defined, after which the next begins: a recording may run for days, and meets ever new
    /// stacks.
    /// </summary>
    private const long MostRemembered = 4 << 20;

    private readonly TraceWriter _trace;
    private readonly ISegmentPlace _place;
    private readonly Action<DefinitionWriter> _facts;
    private readonly ProbeEvents _events;
    private readonly PerCpuRings _sideBand;
    private readonly HitStep? _step;
    private readonly RingMerge _rings = new();
    private readonly ProcessTable _processes;
    private readonly CgroupTable _cgroups;
    private readonly ModuleTable _modules;
    private readonly KernelImage _kernel;
    private readonly StackInterner _stacks;
    private readonly SymbolCollector _symbols;
    private readonly LossAccount _losses;
    private readonly Recorder _recorder;
    private readonly Notices _notices;
    private readonly HitLog? _log;
    private readonly DotNetRuntimes? _runtimes;
    private readonly int _target;
    private ulong _started;
    private ulong _clockRead;
    private ulong _flushed;
    private ulong _segmentStarted;
    private ulong _countedBefore;
    private ulong _filteredBefore;
    private ulong _hitsBefore;

    /// <param name="facts">Writes what each segment says about where and how it was made.</param>
    /// <param name="log">Shows hits beside the trace, as many as its limit lets through; null for none.</param>
    public RecordingSession(TraceWriter trace, ISegmentPlace place, Action<DefinitionWriter> facts, RecordingSource source,
        HitFilter filter, Notices notices, KernelLog? log = null)
    {
        _trace = trace;
        _place = place;
        _facts = facts;
        _events = source.Events;
        _notices = notices;
        _sideBand = source.SideBand;
        _step = source.Step;
        DefinitionWriter definitions = trace.Definitions;
        DefinedNames? names = log is null ? null : definitions.KeepNames();
        int eventId = DefineEvent();
        var live = new LiveProcesses();
        _kernel = new KernelImage(definitions, new LiveKernel());
        _processes = new ProcessTable(definitions, live);
        _modules = new ModuleTable(definitions, new LiveModuleFiles(notices));
        _cgroups = new CgroupTable(definitions, live, live);
        _losses = new LossAccount(definitions, eventId);
        _stacks = new StackInterner(definitions, _modules, _kernel, HostInfo.PerfEventMaxStack);
        var code = new LiveProcessCode();
        _symbols = new SymbolCollector(definitions, _kernel, code, notices);
        _log = log is null ? null : new HitLog(names!, _stacks, log, notices);
        _target = source.Request.Tgid;
        _runtimes = source.Request.NoDotNet ? null : new DotNetRuntimes(notices);
        _recorder = new Recorder(trace, _processes, _stacks, _modules, _cgroups, _losses, eventId)
        {
            Filter = filter,
            Step = _step,
            BlockIsFull = WriteBlock,
            Listener = _log,
            Runtimes = _runtimes,
            UserFrames = source.UserStack.Kind == UserStackKind.Dwarf ? new StackUnwinder(_modules, code) : null,
        };
        foreach (CpuRing ring in _sideBand.Rings)
            _rings.Add(ring.Ring, null, _sideBand.Layout);
        foreach (CpuRing ring in source.Hits.Rings)
            _rings.Add(ring.Ring, _events.Layout, source.Hits.Layout);
    }

    public Progress Progress => new(_trace.Hits, _losses.Hits, _trace.BytesWritten, Clock.Monotonic - _started);

    public ulong Throttled => _losses.Throttled;

    /// <summary>Side-band records that did not get through: names and mappings may be out of date.</summary>
    public ulong LostSideBand => _losses.SideBand;

    /// <summary>Starts: from the return on every hit counts. Returns 0 or an errno.</summary>
    /// <param name="hitsNameCgroups">False where the kernel leaves cgroups out of hits.</param>
    /// <param name="command">Process of the recorded command, null where there is none.</param>
    public int Arm(bool hitsNameCgroups, int? command)
    {
        if (_sideBand.Enable() is var refused and not 0)
            return refused;
        PromptThread.Begin();
        _facts(_trace.Definitions);
        new Snapshot(_processes, _modules, _cgroups, _trace.Definitions).Take(withCgroups: !hitsNameCgroups);
        if (command is { } family)
            _processes.Process(family).IsFamily = true;
        TellTarget();
        // What happened while the snapshot was taken comes before the first hit.
        _rings.Drain(ulong.MaxValue, _recorder);
        WriteClock();
        _started = _segmentStarted = _flushed = Clock.Monotonic;
        return _events.Enable();
    }

    /// <summary>Takes what the rings hold, and writes it when it is time. Returns false when the rings are broken.</summary>
    public bool Take(out string? error)
    {
        ulong now = Clock.Monotonic;
        Drain(now - SettleNs);
        _runtimes?.Report();
        error = _rings.Error;
        if (now - _flushed >= FlushNs)
        {
            WriteBlock();
            _processes.Sweep(now);
            _flushed = now;
            if (now - _clockRead >= ClockNs)
                WriteClock();
        }

        if (error is null && (_trace.SegmentBytes >= _place.MostBytes || _trace.Definitions.RememberedBytes >= MostRemembered))
            EndSegment(now - SettleNs);
        return error is null;
    }

    /// <summary>
    /// Ends the segment with every hit up to this moment in it; those that come meanwhile are the next one's. Returns
    /// false when the rings are broken.
    /// </summary>
    public bool Cut(out string? error)
    {
        ulong cut = Clock.Monotonic;
        while (Clock.Monotonic - cut < SettleNs)
            Thread.Sleep(1);
        while (!Drain(cut) && _rings.Error is null)
        {
        }

        error = _rings.Error;
        if (error is null)
            EndSegment(cut);
        return error is null;
    }

    /// <summary>Tells the trace of an earlier segment that is there no more.</summary>
    public void Removed(in EndedSegment segment)
    {
        _losses.Removed(Clock.Monotonic, segment);
        // At once: a recorder that is killed must have told of it.
        WriteBlock();
    }

    /// <summary>Stops the events, takes the rest and writes the totals.</summary>
    public EndedSegment Finish()
    {
        _events.Disable();
        _sideBand.Disable();
        ulong ended = Clock.Monotonic;
        Drain(ulong.MaxValue);
        _runtimes?.Settle();
        _losses.Settle(ended, _events.Read().Lost);
        EndedSegment last = WriteTotals(ended);
        _log?.Finish();
        _runtimes?.TurnOff();
        return last;
    }

    public void Dispose()
    {
        _runtimes?.Dispose();
        _symbols.Dispose();
        _modules.Dispose();
    }

    /// <summary>A process that is what is recorded need not be hit first.</summary>
    private void TellTarget()
    {
        if (_target != 0 && _processes.Processes.TryGetValue(_target, out TracedProcess? process))
            _recorder.TellRuntime(process);
    }

    /// <summary>
    /// Takes what happened up to a moment. Code that a compiler put where other code was has its new name from then on: hits from
    /// before get theirs first.
    /// </summary>
    private bool Drain(ulong until)
    {
        GeneratedNames generated = _symbols.Generated;
        generated.Look(Clock.Monotonic);
        while (generated.NextMoment(until) is { } moment)
        {
            // Hits from before are still in the rings when that took too long: the new names are not theirs. The last drain has no next.
            bool isAllBefore = _rings.Drain(moment, _recorder);
            NameGenerated();
            if (!isAllBefore && until != ulong.MaxValue)
                return false;
            if (isAllBefore && generated.Apply(moment))
                _stacks.Forget();
        }

        bool isAll = _rings.Drain(until, _recorder);
        if (_stacks.HasNewGenerated)
            NameGenerated();
        return isAll;
    }

    private void EndSegment(ulong ended)
    {
        ByteInterner strings = _trace.BeginSegment(_place.Next(WriteTotals(ended)));
        DefineEvent();
        _recorder.BeginSegment(strings);
        _facts(_trace.Definitions);
        WriteClock();
        _segmentStarted = ended;
        _flushed = Clock.Monotonic;
    }

    private EndedSegment WriteTotals(ulong ended)
    {
        WriteClock();
        WriteBlock();
        _symbols.EndSegment();
        // The last names may have raised the last of them.
        foreach (string notice in _notices.Said)
            _trace.Definitions.Meta("notice", notice);
        ulong count = _events.Read().Count;
        _trace.Finish(
            (EndCounter.Lost, _losses.SegmentHits), (EndCounter.KernelCount, count - _countedBefore),
            (EndCounter.StartTime, _segmentStarted), (EndCounter.EndTime, ended),
            (EndCounter.Filtered, _recorder.Filtered - _filteredBefore));
        var segment = new EndedSegment(_trace.Hits - _hitsBefore, _losses.SegmentHits, _losses.SegmentRemoved);
        (_countedBefore, _filteredBefore, _hitsBefore) = (count, _recorder.Filtered, _trace.Hits);
        return segment;
    }

    private void WriteBlock()
    {
        NameFrames();
        _symbols.Generated.TryAgain();
        _trace.Flush();
        // Now its frames have names, and ids hold until a new segment begins.
        _log?.Write(Clock.Monotonic);
    }

    /// <summary>Names only what may be called otherwise soon: for all other frames there is time until their block is written.</summary>
    private void NameGenerated() => _symbols.Name(_stacks.TakeNewGenerated());

    private void NameFrames()
    {
        if (_kernel.Refresh())
            _stacks.Forget();
        _symbols.Name(_stacks.NewFrames);
        _stacks.ClearNewFrames();
    }

    /// <summary>The one event that is recorded has the same id in every segment.</summary>
    private int DefineEvent()
    {
        DefinitionWriter definitions = _trace.Definitions;
        return definitions.Event(new EventRow(
            definitions.String(_events.Probe.ToString()), (EventKind)_events.Probe.Kind, _step?.Step ?? _events.Attr.SamplePeriod));
    }

    private void WriteClock()
    {
        (ulong monotonic, ulong realtime) = Clock.ReadBoth();
        var row = new ClockRow(monotonic, realtime);
        _trace.Definitions.Clock(row);
        _log?.Clock = row;
        _clockRead = monotonic;
    }
}
