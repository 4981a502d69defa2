using Diagnose.Capture.Linux;
using Diagnose.Capture.Live;
using Diagnose.Capture.Probes;
using Diagnose.Capture.Symbols;
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
    internal const ulong SettleNs = 5_000_000;

    private readonly TraceWriter _trace;
    private readonly ProbeEvents _events;
    private readonly PerCpuRings _sideBand;
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
    private ulong _started;
    private ulong _clockRead;
    private ulong _flushed;

    /// <param name="log">Shows hits beside the trace, as many as its limit lets through; null for none.</param>
    public RecordingSession(
        TraceWriter trace, ProbeEvents events, PerCpuRings hits, PerCpuRings sideBand, HitFilter filter, Notices notices,
        KernelLog? log = null)
    {
        _trace = trace;
        _events = events;
        _notices = notices;
        _sideBand = sideBand;
        DefinitionWriter definitions = trace.Definitions;
        DefinedNames? names = log is null ? null : definitions.KeepNames();
        int eventId = definitions.Event(new EventRow(
            definitions.String(events.Probe.ToString()), (EventKind)events.Probe.Kind, events.Attr.SamplePeriod));
        var live = new LiveProcesses();
        _kernel = new KernelImage(definitions, new LiveKernel());
        _processes = new ProcessTable(definitions, live);
        _modules = new ModuleTable(definitions, new LiveModuleFiles(notices));
        _cgroups = new CgroupTable(definitions, live, live);
        _losses = new LossAccount(definitions, eventId);
        _stacks = new StackInterner(definitions, _modules, _kernel, HostInfo.PerfEventMaxStack);
        _symbols = new SymbolCollector(definitions, _kernel, new LiveProcessCode(), notices);
        _log = log is null ? null : new HitLog(names!, _stacks, log, notices);
        _recorder = new Recorder(trace, _processes, _stacks, _modules, _cgroups, _losses, filter, eventId)
        {
            BlockIsFull = WriteBlock,
            Log = _log,
        };
        foreach (CpuRing ring in sideBand.Rings)
            _rings.Add(ring.Ring, null, sideBand.Layout);
        foreach (CpuRing ring in hits.Rings)
            _rings.Add(ring.Ring, events.Layout, hits.Layout);
    }

    public Progress Progress => new(_trace.Hits, _losses.Hits, _trace.BytesWritten, Clock.Monotonic - _started);

    public int Threads => _processes.ThreadsSeen;

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
        new Snapshot(_processes, _modules, _cgroups, _trace.Definitions).Take(withCgroups: !hitsNameCgroups);
        if (command is { } family)
            _processes.Process(family).IsFamily = true;
        // What happened while the snapshot was taken comes before the first hit.
        _rings.Drain(ulong.MaxValue, _recorder);
        WriteClock();
        _started = _flushed = Clock.Monotonic;
        return _events.Enable();
    }

    /// <summary>Takes what the rings hold, and writes it when it is time. Returns false when the rings are broken.</summary>
    public bool Step(out string? error)
    {
        ulong now = Clock.Monotonic;
        _rings.Drain(now - SettleNs, _recorder);
        error = _rings.Error;
        if (now - _flushed >= FlushNs)
        {
            WriteBlock();
            _processes.Sweep(now);
            _flushed = now;
            if (now - _clockRead >= ClockNs)
                WriteClock();
        }

        return error is null;
    }

    /// <summary>Stops the events, takes the rest and writes the totals.</summary>
    public void Finish()
    {
        _events.Disable();
        _sideBand.Disable();
        ulong ended = Clock.Monotonic;
        _rings.Drain(ulong.MaxValue, _recorder);
        (ulong count, ulong lost) = _events.Read();
        _losses.Settle(ended, lost);
        WriteClock();
        WriteBlock();
        _log?.Finish();
        // The last names may have raised the last of them.
        foreach (string notice in _notices.Said)
            _trace.Definitions.Meta("notice", notice);
        _trace.Finish(
            (EndCounter.Lost, _losses.Hits), (EndCounter.KernelCount, count), (EndCounter.StartTime, _started),
            (EndCounter.EndTime, ended), (EndCounter.Filtered, _recorder.Filtered));
    }

    public void Dispose() => _modules.Dispose();

    private void WriteBlock()
    {
        if (_kernel.Refresh())
            _stacks.Forget();
        _symbols.Name(_stacks.NewFrames);
        _stacks.ClearNewFrames();
        _trace.Flush();
        // Now its frames have names, and ids hold until a new segment begins.
        _log?.Write(Clock.Monotonic);
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
