using System.Buffers;
using System.Runtime.InteropServices;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>
/// The tables of a trace on the writing side: whatever is defined gets its id at once and waits here for the next block.
/// Everything that recurs is interned: asking for it again gives the same id (processes and contexts: mostly, see
/// <see cref="MostRemembered"/>).
/// </summary>
public sealed class DefinitionWriter
{
    /// <summary>
    /// Processes and contexts are forgotten at this number of each: those of ended processes never come again, and a
    /// repeated row costs a few bytes where remembering all costs memory without end.
    /// </summary>
    public const int MostRemembered = 1 << 17;

    private readonly PendingTable[] _tables = new PendingTable[TableSchema.LastTable + 1];
    private ByteInterner _strings = new();
    private readonly Dictionary<FrameRow, int> _frames = [];
    private readonly Dictionary<NodeRow, int> _nodes = [];
    private readonly Dictionary<StackRow, int> _stacks = [];
    private readonly Dictionary<ModuleRow, int> _modules = [];
    private readonly Dictionary<ProcessRow, int> _processes = [];
    private readonly Dictionary<CgroupRow, int> _cgroups = [];
    private readonly Dictionary<ContextRow, int> _contexts = [];
    private readonly Dictionary<SymbolRow, int> _symbols = [];
    private readonly ArrayBufferWriter<byte> _raw = new();
    private readonly ArrayBufferWriter<byte> _section = new();
    private DefinedNames? _names;

    public DefinitionWriter()
    {
        for (int table = 1; table < _tables.Length; table++)
            _tables[table] = new PendingTable((TableId)table);
    }

    /// <summary>Number of the segment that ids count in: an id of another segment means nothing.</summary>
    public int Segment { get; private set; } = 1;

    /// <summary>About how much memory remembering the segment's rows takes.</summary>
    public long RememberedBytes
    {
        get
        {
            const int perRow = 96;
            return (long)perRow * (_frames.Count + _nodes.Count + _stacks.Count + _contexts.Count + _processes.Count
                + _symbols.Count + _modules.Count) + _strings.Bytes;
        }
    }

    /// <summary>Rows that wait for the next block.</summary>
    public int PendingRows
    {
        get
        {
            int rows = 0;
            foreach (PendingTable? table in _tables)
                rows += table?.Rows ?? 0;
            return rows;
        }
    }

    public int Strings => Table(TableId.Strings).NextId - 1;

    public int Frames => Table(TableId.Frames).NextId - 1;

    public int Stacks => Table(TableId.Stacks).NextId - 1;

    /// <summary>From here on names can be read back, which costs memory: call it before anything is defined.</summary>
    public DefinedNames KeepNames() => _names ??= new DefinedNames(this);

    /// <summary>Forgets everything, for a new segment; returns the strings by their ids until now.</summary>
    internal ByteInterner Restart()
    {
        ByteInterner strings = _strings;
        Segment++;
        _strings = new ByteInterner();
        _frames.Clear();
        _nodes.Clear();
        _stacks.Clear();
        _modules.Clear();
        _processes.Clear();
        _cgroups.Clear();
        _contexts.Clear();
        _symbols.Clear();
        _names?.Restart();
        for (int table = 1; table < _tables.Length; table++)
            _tables[table] = new PendingTable((TableId)table);
        return strings;
    }

    /// <summary>A string of any bytes; 0 for the empty one. Longer than <see cref="TraceLimits.StringBytes"/> it is cut.</summary>
    public int String(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, TraceLimits.StringBytes)];
        if (bytes.IsEmpty)
            return 0;
        int id = _strings.Intern(bytes, out bool isNew);
        if (isNew)
            Table(TableId.Strings).AddBytes(bytes);
        return id;
    }

    /// <summary>The string with an id of this segment; empty for 0.</summary>
    internal ReadOnlySpan<byte> Text(int id) => id == 0 ? default : _strings[id];

    public int String(string text) => String(System.Text.Encoding.UTF8.GetBytes(text));

    public void Meta(string key, string value) =>
        Table(TableId.Meta).Add((ulong)String(key), (ulong)String(value));

    public void Clock(ClockRow row) => Table(TableId.Clocks).Add(row.Monotonic, row.Realtime);

    public int Event(EventRow row) => Table(TableId.Events).Add((ulong)row.Name, (ulong)row.Kind, row.Period);

    public int Module(ModuleRow row)
    {
        int id = Intern(_modules, row, TableId.Modules,
            (ulong)row.Kind, (ulong)row.Path, (ulong)row.BuildId, row.Base, row.Size, row.Instance);
        _names?.Module(id, row);
        return id;
    }

    public int Frame(FrameRow row)
    {
        int id = Intern(_frames, row, TableId.Frames, (ulong)row.Module, row.Offset, (ulong)row.Flags);
        _names?.Frame(id, row);
        return id;
    }

    /// <summary>A child of a node; its id is higher than its parent's.</summary>
    public int Node(NodeRow row) => Intern(_nodes, row, TableId.Nodes, (ulong)row.Parent, (ulong)row.Frame);

    public int Stack(StackRow row) =>
        Intern(_stacks, row, TableId.Stacks, (ulong)row.Kernel, (ulong)row.User, (ulong)row.Flags);

    public int Cgroup(CgroupRow row)
    {
        int id = Intern(_cgroups, row, TableId.Cgroups, row.KernelId, (ulong)row.Path);
        _names?.Cgroup(id, row);
        return id;
    }

    public int Process(ProcessRow row)
    {
        Forget(_processes);
        return Intern(_processes, row, TableId.Processes, row.Pid, (ulong)row.Comm, (ulong)row.Parent, (ulong)row.Flags, row.InnerPid);
    }

    public int Space(SpaceRow row) => Table(TableId.Spaces).Add(row.Pid, (ulong)row.Parent, row.ForkTime);

    public int Mapping(MappingRow row) => Table(TableId.Mappings).Add(
        (ulong)row.Space, row.Time, row.Start, row.Length, row.Offset, row.Address, (ulong)row.Module);

    public int Context(ContextRow row)
    {
        Forget(_contexts);
        return Intern(_contexts, row, TableId.Contexts,
            row.Tid, (ulong)row.Comm, (ulong)row.Process, (ulong)row.Cgroup, (ulong)row.Space);
    }

    public int Symbol(SymbolRow row)
    {
        int id = Intern(_symbols, row, TableId.Symbols,
            (ulong)row.Module, row.Start, row.Size, (ulong)row.Name, (ulong)row.Source, (ulong)row.Detail);
        _names?.Symbol(id, row);
        return id;
    }

    public void FrameSymbol(int frame, int symbol)
    {
        Table(TableId.FrameSymbols).Add((ulong)frame, (ulong)symbol);
        _names?.FrameSymbol(frame, symbol);
    }

    public void Loss(LossRow row) =>
        Table(TableId.Losses).Add(row.Time, row.Cpu, (ulong)row.Event, (ulong)row.Reason, row.Count);

    /// <summary>
    /// Moves waiting rows into the payload of one tables block, as many as readers accept in one; returns how many.
    /// </summary>
    internal int Encode(IBufferWriter<byte> payload, Compressor? compressor)
    {
        _raw.ResetWrittenCount();
        int rows = 0;
        foreach (PendingTable? table in _tables)
            rows += table?.Encode(_raw, _section, TraceLimits.TableBytes - _raw.WrittenCount) ?? 0;
        PackedBytes.Write(payload, _raw.WrittenSpan, compressor, TraceLimits.TableRatio);
        return rows;
    }

    private static void Forget<TRow>(Dictionary<TRow, int> known)
        where TRow : struct
    {
        if (known.Count >= MostRemembered)
            known.Clear();
    }

    private PendingTable Table(TableId id) => _tables[(int)id];

    private int Intern<TRow>(Dictionary<TRow, int> known, TRow row, TableId table, params ReadOnlySpan<ulong> columns)
        where TRow : struct
    {
        ref int id = ref CollectionsMarshal.GetValueRefOrAddDefault(known, row, out bool exists);
        if (!exists)
            id = Table(table).Add(columns);
        return id;
    }
}
