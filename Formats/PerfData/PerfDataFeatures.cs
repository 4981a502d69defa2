namespace Diagnose.Formats.PerfData;

/// <summary>
/// What the feature sections (file mode) or HEADER_FEATURE records (pipe mode) tell; the layouts are those of the
/// <c>write_*()</c> functions in <c>tools/perf/util/header.c</c>. Null or empty where the file has no such section.
/// </summary>
public sealed class PerfDataFeatures
{
    private readonly List<BuildIdEvent> buildIds = [];
    private readonly List<FeatureKind> skipped = [];

    /// <summary><c>uname -n</c>.</summary>
    public string? Hostname { get; private set; }

    /// <summary><c>uname -r</c>.</summary>
    public string? OsRelease { get; private set; }

    /// <summary>Version of perf.</summary>
    public string? Version { get; private set; }

    /// <summary><c>uname -m</c>.</summary>
    public string? Arch { get; private set; }

    public string? CpuDesc { get; private set; }

    public string? CpuId { get; private set; }

    public uint? CpusAvailable { get; private set; }

    public uint? CpusOnline { get; private set; }

    /// <summary>Memory in KiB.</summary>
    public ulong? TotalMem { get; private set; }

    /// <summary>The command line of perf, argument by argument.</summary>
    public IReadOnlyList<string> CommandLine { get; private set; } = [];

    public IReadOnlyList<EventDesc> EventDescs { get; private set; } = [];

    public IReadOnlyList<BuildIdEvent> BuildIds => buildIds;

    public SampleTimes? SampleTimes { get; private set; }

    /// <summary>Resolution of the clock of the records, in nanoseconds, where perf was told which clock to take.</summary>
    public ulong? ClockResolution { get; private set; }

    public ClockData? ClockData { get; private set; }

    public CompressionInfo? Compression { get; private set; }

    /// <summary>Sections that are there and not decoded, each once; numbers that no perf has named yet are among them.</summary>
    public IReadOnlyList<FeatureKind> Skipped => skipped;

    /// <summary>Takes a section in; null, or what is wrong with it. What was read before the damage stays.</summary>
    internal string? Read(FeatureKind kind, ReadOnlySpan<byte> body, ByteOrder order, PerfDataLimits limits)
    {
        if (body.Length > limits.FeatureBytes) return $"feature section {kind} has {body.Length} bytes, which is more than is read";
        var rest = new FeatureCursor(body, order);
        var whole = kind switch
        {
            FeatureKind.BuildId => ReadBuildIds(body, order, limits),
            FeatureKind.Hostname => rest.TryTake(out string text) && Set(() => Hostname = text),
            FeatureKind.OsRelease => rest.TryTake(out string text) && Set(() => OsRelease = text),
            FeatureKind.Version => rest.TryTake(out string text) && Set(() => Version = text),
            FeatureKind.Arch => rest.TryTake(out string text) && Set(() => Arch = text),
            FeatureKind.CpuDesc => rest.TryTake(out string text) && Set(() => CpuDesc = text),
            FeatureKind.CpuId => rest.TryTake(out string text) && Set(() => CpuId = text),
            // The document has these two the other way round; write_nrcpus() writes the available ones first.
            FeatureKind.NrCpus => rest.TryTake(out uint available) && rest.TryTake(out uint online)
                && Set(() => (CpusAvailable, CpusOnline) = (available, online)),
            FeatureKind.TotalMem => rest.TryTake(out ulong kib) && Set(() => TotalMem = kib),
            FeatureKind.CmdLine => rest.TryTakeList(out var arguments) && Set(() => CommandLine = arguments),
            FeatureKind.EventDesc => EventDesc.Read(body, order) is { } descs && Set(() => EventDescs = descs),
            FeatureKind.SampleTime => rest.TryTake(out ulong first) && rest.TryTake(out ulong last)
                && Set(() => SampleTimes = new SampleTimes(first, last)),
            FeatureKind.ClockId => rest.TryTake(out ulong resolution) && Set(() => ClockResolution = resolution),
            FeatureKind.ClockData => rest.TryTake(out uint _) && rest.TryTake(out uint clock) && rest.TryTake(out ulong wall)
                && rest.TryTake(out ulong time) && Set(() => ClockData = new ClockData((int)clock, wall, time)),
            FeatureKind.Compressed => rest.TryTake(out uint version) && rest.TryTake(out uint type) && rest.TryTake(out uint level)
                && rest.TryTake(out uint ratio) && rest.TryTake(out uint mmap)
                && Set(() => Compression = new CompressionInfo(version, type, level, ratio, mmap)),
            _ => Set(() => Skip(kind)),
        };
        return whole ? null : $"feature section {kind} is cut short or damaged";

        static bool Set(Action set)
        {
            set();
            return true;
        }
    }

    internal void Skip(FeatureKind kind)
    {
        if (skipped.Count < 256 && !skipped.Contains(kind)) skipped.Add(kind);
    }

    /// <summary>False when there are more entries than are kept.</summary>
    internal bool Add(BuildIdEvent entry, PerfDataLimits limits)
    {
        if (buildIds.Count == limits.BuildIds) return false;
        buildIds.Add(entry);
        return true;
    }

    private bool ReadBuildIds(ReadOnlySpan<byte> body, ByteOrder order, PerfDataLimits limits)
    {
        while (!body.IsEmpty)
        {
            if (body.Length < 8) return false;
            int size = order.U16(body[6..]);
            if (size < 8 || size > body.Length || BuildIdEvent.Read(body[..size], order) is not { } entry) return false;
            if (!Add(entry, limits)) return false;
            body = body[size..];
        }

        return true;
    }
}
