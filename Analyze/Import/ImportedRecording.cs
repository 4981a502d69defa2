using System.Globalization;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;
using Diagnose.Formats.Unwind;

namespace Diagnose.Analyze.Import;

/// <summary>
/// The recorder with its tables, over records of the past and into memory: what the sampler's recording session is to the
/// live machine.
/// </summary>
internal sealed class ImportedRecording : IDisposable
{
    /// <summary>Memory for what a segment defined, after which the next begins.</summary>
    private const long MostRemembered = 24 << 20;

    /// <summary>Bytes of a segment after which the next begins.</summary>
    private const long MostBytes = 32 << 20;

    private readonly MemoryStream _bytes = new();
    private readonly RecordedKernel _kernelSource;
    private readonly KernelImage _kernel;
    private readonly ProcessTable _processes;
    private readonly CgroupTable _cgroups;
    private readonly ModuleTable _modules;
    private readonly StackInterner _stacks;
    private readonly SymbolCollector _symbols;
    private readonly LossAccount _losses;
    private readonly StackUnwinder _unwinder;
    private readonly Notices _notices;
    private ulong _filteredBefore;
    private ulong _startTime;

    public ImportedRecording(
        ImportOptions options, RecordedKernel kernel, IModuleFiles files, IProcessCode code, int maxStack, Notices notices)
    {
        _notices = notices;
        _kernelSource = kernel;
        Trace = new TraceWriter(_bytes, options.ZstdLevel);
        DefinitionWriter definitions = Trace.Definitions;
        var machine = new OfflineMachine();
        _kernel = new KernelImage(definitions, kernel);
        _processes = new ProcessTable(definitions, machine);
        _modules = new ModuleTable(definitions, files);
        _cgroups = new CgroupTable(definitions, machine, machine);
        _losses = new LossAccount(definitions, 0);
        _stacks = new StackInterner(definitions, _modules, _kernel, maxStack);
        _symbols = new SymbolCollector(definitions, _kernel, code, notices);
        Recorder = new Recorder(Trace, _processes, _stacks, _modules, _cgroups, _losses, 0)
        {
            Filter = HitFilter.None,
            KernelMappings = kernel,
            BlockIsFull = Trace.Flush,
            UserFrames = _unwinder = new StackUnwinder(_modules, code),
        };
        // The idle tasks have no record of their own; perf calls them so.
        _processes.AddThread(_processes.Process(0), 0, definitions.String("swapper"));
    }

    public TraceWriter Trace { get; }

    public Recorder Recorder { get; }

    /// <summary>The latest time so far, in nanoseconds of the recording's clock.</summary>
    public ulong LatestTime { get; set; }

    /// <summary>Hits that are known to be missing.</summary>
    public ulong Lost => _losses.Hits;

    /// <summary>Records about processes and mappings that could not be decoded.</summary>
    public ulong BadSideBand => _losses.SideBand;

    /// <summary>The finished segment.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.GetBuffer().AsMemory(0, (int)_bytes.Length);

    public bool IsFull => Trace.SegmentBytes >= MostBytes || Trace.Definitions.RememberedBytes >= MostRemembered;

    /// <summary>The next record is a hit: by now everything is known of the kernel that it may lie in.</summary>
    public void SettleKernel()
    {
        if (!_kernelSource.IsNews)
            return;
        _kernelSource.Settle();
        _kernel.Reload();
        _stacks.Forget();
    }

    /// <summary>Forgets threads that ended long before this time.</summary>
    public void Sweep(ulong now) => _processes.Sweep(now);

    /// <summary>Goes on in a new segment; the bytes of the one before are gone.</summary>
    public void BeginSegment()
    {
        _bytes.SetLength(0);
        Recorder.BeginSegment(Trace.BeginSegment(_bytes));
    }

    /// <summary>Names the frames and writes the totals.</summary>
    /// <param name="isLast">True at the end of the recording: what perf counted as lost is all known.</param>
    /// <param name="remarks">What more the trace has to tell.</param>
    public void EndSegment(bool isLast, params ReadOnlySpan<string?> remarks)
    {
        if (isLast)
        {
            _losses.Settle(LatestTime, _losses.Counted);
            SayUnwound();
        }

        // At once for all frames: most recordings are one segment, and the kernel's symbols are read meanwhile.
        _symbols.Name(_stacks.NewFrames);
        _stacks.ClearNewFrames();
        _symbols.EndSegment();
        if (_kernelSource.Problem is { } problem)
            _notices.Say(problem);
        foreach (string notice in _notices.Said)
            Trace.Definitions.Meta("notice", notice);
        foreach (string? remark in remarks)
        {
            if (remark is not null)
                Trace.Definitions.Meta("notice", remark);
        }

        ulong start = _startTime == 0 ? FirstTime : _startTime;
        Trace.Finish(
            (EndCounter.Lost, _losses.SegmentHits), (EndCounter.StartTime, start), (EndCounter.EndTime, LatestTime),
            (EndCounter.Filtered, Recorder.Filtered - _filteredBefore));
        _startTime = LatestTime;
        _filteredBefore = Recorder.Filtered;
    }

    /// <summary>Time of the first hit, 0 before it.</summary>
    public ulong FirstTime { get; set; }

    public void Dispose()
    {
        _modules.Dispose();
        Trace.Dispose();
    }

    /// <summary>How whole the user stacks are that were unwound from copies.</summary>
    private void SayUnwound()
    {
        long whole = _unwinder.Ended(UnwindStop.ReachedOutermost), cut = _unwinder.Ended(UnwindStop.StackTruncated);
        long all = Enum.GetValues<UnwindStop>().Sum(_unwinder.Ended);
        if (all > 0)
        {
            _notices.Say(string.Create(CultureInfo.InvariantCulture,
                $"{all} user stacks were unwound from copies: {whole} reach their thread's first function, {cut} go on beyond the copy, {all - whole - cut} end where unwind information is missing"));
        }
    }
}
