using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Recording;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

/// <summary>A recorder with all its tables over a <see cref="PlayedMachine"/>, writing to memory.</summary>
internal sealed class PlayedRecording : IDisposable
{
    private MemoryStream _stream = new();
    private readonly SymbolCollector _collector;

    public PlayedRecording(PlayedMachine? machine = null, HitFilter filter = default, int maxStack = 127, int mostFiles = 1024,
        KernelLog? log = null)
    {
        Machine = machine ?? new PlayedMachine();
        Trace = new TraceWriter(_stream);
        DefinitionWriter definitions = Trace.Definitions;
        DefinedNames? names = log is null ? null : definitions.KeepNames();
        int eventId = definitions.Event(new EventRow(definitions.String("kprobe:vfs_read"), EventKind.Kprobe, 1));
        Kernel = new KernelImage(definitions, Machine);
        Processes = new ProcessTable(definitions, Machine);
        Modules = new ModuleTable(definitions, Machine, mostFiles);
        Cgroups = new CgroupTable(definitions, Machine, Machine);
        Losses = new LossAccount(definitions, eventId);
        Stacks = new StackInterner(definitions, Modules, Kernel, maxStack);
        var notices = new Notices(Said.Add);
        _collector = new SymbolCollector(definitions, Kernel, Machine, notices);
        Log = log is null ? null : new HitLog(names!, Stacks, log, notices);
        Recorder = new Recorder(Trace, Processes, Stacks, Modules, Cgroups, Losses, eventId)
        {
            Filter = filter,
            BlockIsFull = Flush,
            Listener = Log,
        };
    }

    /// <summary>Of process 10, which has code without a file from 0x10000 on and a perf map.</summary>
    public static PlayedRecording OfGenerated(string map, out PlayedMachine machine)
    {
        machine = new PlayedMachine();
        machine.PerfMaps[10] = map;
        var played = new PlayedRecording(machine);
        played.Map(10, 0x10000, 1 << 20, 0, "//anon");
        return played;
    }

    public PlayedMachine Machine { get; }

    public TraceWriter Trace { get; }

    public ProcessTable Processes { get; }

    public ModuleTable Modules { get; }

    public CgroupTable Cgroups { get; }

    public LossAccount Losses { get; }

    public StackInterner Stacks { get; }

    public KernelImage Kernel { get; }

    public Recorder Recorder { get; }

    public HitLog? Log { get; }

    /// <summary>The moment at which a flush happens, for the log.</summary>
    public ulong Now { get; set; } = 1;

    public List<string> Said { get; } = [];

    public int Comm(string name) => Trace.Definitions.String(name);

    public void Fork(int pid, int tid, int parentPid, int parentTid, ulong time = 1) =>
        SideBand(Task(RecordKind.Fork, pid, tid, parentPid, parentTid, time));

    public void Exit(int pid, int tid, ulong time = 1) => SideBand(Task(RecordKind.Exit, pid, tid, 0, 0, time));

    public void Named(int pid, int tid, string comm, bool isExec = false, ulong time = 1) => SideBand(
        Trailer(new RecordBytes(RecordKind.Comm, isExec ? RecordMisc.CommExec : 0).U32((uint)pid, (uint)tid).Name(comm), pid, tid, time));

    /// <summary>An executable mapping.</summary>
    public void Map(int pid, ulong start, ulong length, ulong offset, string path, ulong time = 1, byte buildId = 0) => SideBand(
        Trailer(new RecordBytes(RecordKind.Mmap2, buildId == 0 ? 0 : RecordMisc.MmapBuildId)
            .U32((uint)pid, (uint)pid).U64(start, length, offset)
            .Bytes(buildId == 0 ? new byte[24] : [20, 0, 0, 0, .. Enumerable.Repeat(buildId, 20)])
            .U32(5, 2).Name(path), pid, pid, time));

    public void Cgroup(ulong id, string path) =>
        SideBand(Trailer(new RecordBytes(RecordKind.Cgroup).U64(id).Name(path), 1, 1, 1));

    public void Ksymbol(ulong address, uint length, string name, bool isGone = false) => SideBand(Trailer(
        new RecordBytes(RecordKind.Ksymbol).U64(address).U32(length, isGone ? 1u << 16 | 1 : 1).Name(name), 1, 1, 1));

    public void SideBand(byte[] record, bool isHitRing = false) =>
        Recorder.SideBand(record, RecordedRing.SideBandLayout, isHitRing);

    public void Hit(int pid, int tid, ulong time = 1, ulong cgroup = 0, ulong[]? chain = null, int cpu = 0) =>
        Recorder.Sample(Sample(pid, tid, time, cgroup, chain ?? [0xffffffff81001000], cpu), RecordedRing.HitLayout);

    public static byte[] Sample(int pid, int tid, ulong time, ulong cgroup, ulong[] chain, int cpu = 0) =>
        new RecordBytes(RecordKind.Sample).U64(7, chain.Length > 0 ? chain[0] : 0).U32((uint)pid, (uint)tid).U64(time)
            .U32((uint)cpu, 0).U64((ulong)chain.Length).U64(chain).U64(cgroup).Build();

    /// <summary>A chain of kernel frames and user frames as the kernel marks them.</summary>
    public static ulong[] Chain(ulong[] kernel, ulong[] user) => [CallchainContext.Kernel, .. kernel, CallchainContext.User, .. user];

    public void Flush()
    {
        Name();
        _collector.Generated.TryAgain();
        Trace.Flush();
        Log?.Write(Now);
    }

    /// <summary>Looks at perf maps as a recorder does before it takes records.</summary>
    /// <param name="until">Up to when records are taken then.</param>
    public void Look(ulong now, ulong until = ulong.MaxValue)
    {
        _collector.Generated.Look(now);
        while (_collector.Generated.NextMoment(until) is { } moment)
        {
            Moments.Add(moment);
            Name();
            if (_collector.Generated.Apply(moment))
                Stacks.Forget();
        }
    }

    /// <summary>When code changed its name, as <see cref="Look"/> found it.</summary>
    public List<ulong> Moments { get; } = [];

    private void Name()
    {
        _collector.Name(Stacks.NewFrames);
        Stacks.ClearNewFrames();
    }

    /// <summary>Ends the segment, reads it again, and goes on in a new one.</summary>
    public RecordedTrace NextSegment()
    {
        Flush();
        _collector.EndSegment();
        Trace.Finish();
        var ended = new RecordedTrace(_stream.ToArray());
        _stream = new MemoryStream();
        ByteInterner strings = Trace.BeginSegment(_stream);
        Trace.Definitions.Event(new EventRow(Trace.Definitions.String("kprobe:vfs_read"), EventKind.Kprobe, 1));
        Recorder.BeginSegment(strings);
        return ended;
    }

    /// <summary>Ends the recording and reads it again.</summary>
    public RecordedTrace Read()
    {
        Flush();
        _collector.EndSegment();
        Trace.Finish();
        return new RecordedTrace(_stream.ToArray());
    }

    public void Dispose()
    {
        Modules.Dispose();
        Trace.Dispose();
    }

    public static byte[] Trailer(RecordBytes record, int pid, int tid, ulong time) =>
        record.U32((uint)pid, (uint)tid).U64(time).U32(0, 0).U64(7).Build();

    private static byte[] Task(RecordKind kind, int pid, int tid, int parentPid, int parentTid, ulong time) => Trailer(
        new RecordBytes(kind).U32((uint)pid, (uint)parentPid, (uint)tid, (uint)parentTid).U64(time), parentPid, parentTid, time);
}

/// <summary>A trace as text, for tests to compare.</summary>
internal sealed class RecordedTrace
{
    private readonly List<(ulong Time, int Context, int Stack)> _hits = [];

    public RecordedTrace(byte[] bytes)
    {
        Assert.True(TraceReader.TryOpen(new FileInMemory(bytes), out TraceReader reader, out string? error), error);
        Assert.Empty(reader.Damage);
        Assert.True(reader.IsComplete);
        Definitions = reader.Definitions;
        Reader = reader;
        using var block = new HitBlockReader();
        foreach (HitBlockPlace place in reader.HitBlocks)
        {
            Assert.True(reader.TryReadHits(place, block, withTimes: true));
            int[] contexts = new int[block.Count];
            int at = 0;
            foreach (ContextRun run in block.Contexts)
            {
                contexts.AsSpan(at, run.Count).Fill(run.Context);
                at += run.Count;
            }

            for (int i = 0; i < block.Count; i++)
                _hits.Add((block.Times[i], contexts[i], block.Stack(i)));
        }

        _hits.Sort((a, b) => a.Time.CompareTo(b.Time));
    }

    public TraceReader Reader { get; }

    public TraceDefinitions Definitions { get; }

    public IReadOnlyList<(ulong Time, int Context, int Stack)> Hits => _hits;

    /// <summary><c>tid/comm in cgroup: process(pid) &lt; parent(pid)</c> of a hit.</summary>
    public string Who(int hit)
    {
        ContextRow context = Definitions.Context(_hits[hit].Context);
        List<string> chain = [];
        for (int id = context.Process; id != 0; id = Definitions.Process(id).Parent)
            chain.Add($"{Text(Definitions.Process(id).Comm)}({(int)Definitions.Process(id).Pid})");
        string cgroup = Text(Definitions.Cgroup(context.Cgroup).Path);
        return $"{(int)context.Tid}/{Text(context.Comm)} in {cgroup}: {string.Join(" < ", chain)}";
    }

    /// <summary>Frames of a hit, leaf first, kernel before user: <c>module+offset symbol+distance</c>.</summary>
    public string Stack(int hit)
    {
        var symbols = new Dictionary<int, int>();
        LoadedTable named = Definitions[TableId.FrameSymbols];
        for (int row = 1; row < named.Count; row++)
            symbols[named.Reference(row, 0)] = named.Reference(row, 1);
        StackRow stack = Definitions.Stack(_hits[hit].Stack);
        List<string> frames = [];
        int[] ids = new int[256];
        foreach (int half in (int[])[stack.Kernel, stack.User])
        {
            foreach (int id in ids.AsSpan(0, Definitions.Frames(half, ids)))
            {
                FrameRow frame = Definitions.Frame(id);
                string module = frame.Module == 0 ? "?" : Path.GetFileName(Text(Definitions.Module(frame.Module).Path));
                int symbol = symbols.GetValueOrDefault(id);
                frames.Add($"{module}+{frame.Offset:x}{(symbol == 0 ? "" : " " + Text(Definitions.Symbol(symbol).Name))}");
            }
        }

        return string.Join("; ", frames);
    }

    public string Text(int id) => Encoding.UTF8.GetString(Definitions.String(id));

    public int Rows(TableId table) => Definitions[table].Count - 1;
}
