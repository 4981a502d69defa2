using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>All definition tables of a segment, by id. An id that it does not define reads as an empty row.</summary>
public sealed class TraceDefinitions
{
    private readonly LoadedTable[] _tables = new LoadedTable[TableSchema.LastTable + 1];
    private readonly int _mayMiss;
    private byte[]? _buffer;

    /// <param name="mayMiss">How many rows damage may have taken away.</param>
    public TraceDefinitions(int mayMiss = TraceLimits.MissingRows)
    {
        _mayMiss = mayMiss;
        for (int table = 1; table < _tables.Length; table++)
            _tables[table] = new LoadedTable((TableId)table);
    }

    /// <summary>The rows of one table.</summary>
    public LoadedTable this[TableId table] => _tables[(int)table];

    public ReadOnlySpan<byte> String(int id) => this[TableId.Strings].Bytes(id);

    /// <summary>The value of a fact about the recording; empty when it is not there.</summary>
    public ReadOnlySpan<byte> Meta(ReadOnlySpan<byte> key)
    {
        LoadedTable meta = this[TableId.Meta];
        for (int row = meta.Count - 1; row > 0; row--)
        {
            if (String(meta.Reference(row, 0)).SequenceEqual(key))
                return String(meta.Reference(row, 1));
        }

        return default;
    }

    public ClockRow Clock(int id) => new(this[TableId.Clocks][id, 0], this[TableId.Clocks][id, 1]);

    public EventRow Event(int id)
    {
        LoadedTable t = this[TableId.Events];
        return new(t.Reference(id, 0), (EventKind)Enumerated(t[id, 1]), t[id, 2]);
    }

    public ModuleRow Module(int id)
    {
        LoadedTable t = this[TableId.Modules];
        return new((ModuleKind)Enumerated(t[id, 0]), t.Reference(id, 1), t.Reference(id, 2), t[id, 3], t[id, 4], (uint)t[id, 5]);
    }

    public FrameRow Frame(int id)
    {
        LoadedTable t = this[TableId.Frames];
        return new(t.Reference(id, 0), t[id, 1], (FrameFlags)t[id, 2]);
    }

    public NodeRow Node(int id)
    {
        LoadedTable t = this[TableId.Nodes];
        return new(Earlier(t.Reference(id, 0), id), t.Reference(id, 1));
    }

    public StackRow Stack(int id)
    {
        LoadedTable t = this[TableId.Stacks];
        return new(t.Reference(id, 0), t.Reference(id, 1), (StackFlags)t[id, 2]);
    }

    public CgroupRow Cgroup(int id) => new(this[TableId.Cgroups][id, 0], this[TableId.Cgroups].Reference(id, 1));

    public ProcessRow Process(int id)
    {
        LoadedTable t = this[TableId.Processes];
        return new((uint)t[id, 0], t.Reference(id, 1), Earlier(t.Reference(id, 2), id), (ProcessFlags)t[id, 3], (uint)t[id, 4]);
    }

    public SpaceRow Space(int id)
    {
        LoadedTable t = this[TableId.Spaces];
        return new((uint)t[id, 0], Earlier(t.Reference(id, 1), id), t[id, 2]);
    }

    public MappingRow Mapping(int id)
    {
        LoadedTable t = this[TableId.Mappings];
        return new(t.Reference(id, 0), t[id, 1], t[id, 2], t[id, 3], t[id, 4], t[id, 5], t.Reference(id, 6));
    }

    public ContextRow Context(int id)
    {
        LoadedTable t = this[TableId.Contexts];
        return new((uint)t[id, 0], t.Reference(id, 1), t.Reference(id, 2), t.Reference(id, 3), t.Reference(id, 4));
    }

    public SymbolRow Symbol(int id)
    {
        LoadedTable t = this[TableId.Symbols];
        return new(t.Reference(id, 0), t[id, 1], t[id, 2], t.Reference(id, 3), (SymbolSource)Enumerated(t[id, 4]), t.Reference(id, 5));
    }

    public LossRow Loss(int id)
    {
        LoadedTable t = this[TableId.Losses];
        return new(t[id, 0], (uint)t[id, 1], t.Reference(id, 2), (LossReason)Enumerated(t[id, 3]), t[id, 4]);
    }

    /// <summary>
    /// The frames of one half of a stack, leaf first, into <paramref name="frames"/>; returns how many.
    /// </summary>
    public int Frames(int node, Span<int> frames)
    {
        int count = 0;
        while (node != 0 && count < frames.Length)
        {
            NodeRow row = Node(node);
            frames[count++] = row.Frame;
            node = row.Parent;
        }

        return count;
    }

    /// <summary>Takes in the payload of one tables block whose checksum was checked.</summary>
    internal bool TryAdd(ReadOnlySpan<byte> payload, Decompressor decompressor, out string? error)
    {
        error = "tables block does not decompress";
        int maxRaw = (int)Math.Min(TraceLimits.RawBytes, (long)payload.Length * (TraceLimits.TableRatio + 1));
        if (!PackedBytes.TryRead(ref payload, decompressor, maxRaw, ref _buffer, out ReadOnlySpan<byte> raw)
            || !payload.IsEmpty)
            return false;
        while (!raw.IsEmpty)
        {
            error = "tables block is malformed";
            if (!Varint.TryRead(ref raw, out ulong table)
                || !Varint.TryReadInt32(ref raw, raw.Length, out int length) || length > raw.Length)
                return false;
            if (TableSchema.IsKnown(table) && !_tables[table].TryAdd(raw[..length], _mayMiss - MissingRows, out error))
                return false;
            raw = raw[length..];
        }

        error = null;
        return true;
    }

    /// <summary>Rows that are not there and took memory all the same.</summary>
    internal int WastedRows => _tables.Sum(table => table is null ? 0 : table.Missing + table.Refused);

    private int MissingRows
    {
        get
        {
            int rows = 0;
            foreach (LoadedTable? table in _tables)
                rows += table?.Missing ?? 0;
            return rows;
        }
    }

    /// <summary>A value of an enumeration that this version does not have stays one that it does not have.</summary>
    private static byte Enumerated(ulong value) => (byte)Math.Min(value, byte.MaxValue);

    /// <summary>A reference within one table always points to an earlier row, so that following it comes to an end.</summary>
    private static int Earlier(int reference, int id) => reference < id ? reference : 0;
}
