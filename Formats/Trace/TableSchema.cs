namespace Diagnose.Formats.Trace;

/// <summary>The definition tables of a trace. Row ids start at 1; id 0 means "none" everywhere.</summary>
public enum TableId
{
    /// <summary>Facts about the recording: (key string, value string).</summary>
    Meta = 1,

    /// <summary>Pairs of the two clocks, read at one moment: (CLOCK_MONOTONIC ns, CLOCK_REALTIME ns).</summary>
    Clocks = 2,

    /// <summary>Interned byte strings: (length) and the bytes.</summary>
    Strings = 3,

    /// <summary>What was sampled: (probe as text, <see cref="EventKind"/>, period).</summary>
    Events = 4,

    /// <summary>Code images: (<see cref="ModuleKind"/>, path, build ID, base address, size, instance).</summary>
    Modules = 5,

    /// <summary>Places in code: (module, offset in it, <see cref="FrameFlags"/>).</summary>
    Frames = 6,

    /// <summary>The stack tree: (parent node, frame); a node stands for the path from the outermost frame to it.</summary>
    Nodes = 7,

    /// <summary>Callchains: (leaf node of the kernel half, leaf node of the user half, <see cref="StackFlags"/>).</summary>
    Stacks = 8,

    /// <summary>Control groups: (kernel id, path).</summary>
    Cgroups = 9,

    /// <summary>Processes as they were: (pid, comm, parent process, <see cref="ProcessFlags"/>, pid inside).</summary>
    Processes = 10,

    /// <summary>Address spaces: (pid, space it was forked from, time of that fork).</summary>
    Spaces = 11,

    /// <summary>Executable mappings: (space, time, start, length, file offset, ELF address of the start, module).</summary>
    Mappings = 12,

    /// <summary>Who was hit: (thread id, thread comm, process, cgroup, space).</summary>
    Contexts = 13,

    /// <summary>Symbols: (module, offset of the start, size, name, <see cref="SymbolSource"/>, detail).</summary>
    Symbols = 14,

    /// <summary>Names of frames: (frame, symbol); symbol 0 says that there is none.</summary>
    FrameSymbols = 15,

    /// <summary>Hits that are not in the file: (time, CPU, event, <see cref="LossReason"/>, count).</summary>
    Losses = 16,
}

/// <summary>How the values of one column are coded; each value is then a varint.</summary>
public enum ColumnCodec : byte
{
    /// <summary>The value itself.</summary>
    Plain = 0,

    /// <summary>Zigzag of the difference to the row before in the same block (0 before the first).</summary>
    Delta = 1,

    /// <summary>The row's own id minus the value: for references to a row shortly before in the same table.</summary>
    Back = 2,

    /// <summary>Bytes, not varints: the concatenation that a column of lengths cuts up.</summary>
    Bytes = 3,
}

/// <summary>The columns that this version writes, with the codec chosen for each.</summary>
public static class TableSchema
{
    public const int LastTable = (int)TableId.Losses;

    private const ColumnCodec Plain = ColumnCodec.Plain;
    private const ColumnCodec Delta = ColumnCodec.Delta;
    private const ColumnCodec Back = ColumnCodec.Back;

    private static readonly ColumnCodec[][] s_columns =
    [
        [],
        /* Meta         */ [Delta, Delta],
        /* Clocks       */ [Delta, Delta],
        /* Strings      */ [Plain],
        /* Events       */ [Plain, Plain, Plain],
        /* Modules      */ [Plain, Delta, Delta, Delta, Plain, Plain],
        /* Frames       */ [Plain, Delta, Plain],
        /* Nodes        */ [Back, Delta],
        /* Stacks       */ [Delta, Delta, Plain],
        /* Cgroups      */ [Delta, Delta],
        /* Processes    */ [Delta, Delta, Back, Plain, Plain],
        /* Spaces       */ [Delta, Back, Delta],
        /* Mappings     */ [Delta, Delta, Delta, Plain, Plain, Plain, Delta],
        /* Contexts     */ [Delta, Delta, Delta, Delta, Delta],
        /* Symbols      */ [Plain, Delta, Plain, Delta, Plain, Plain],
        /* FrameSymbols */ [Delta, Delta],
        /* Losses       */ [Delta, Plain, Plain, Plain, Plain],
    ];

    public static ReadOnlySpan<ColumnCodec> Columns(TableId table) => s_columns[(int)table];

    /// <summary>Columns that every version has; those behind them read as 0 where a section of an earlier one lacks them.</summary>
    public static int Required(TableId table) =>
        s_columns[(int)table].Length - (table is TableId.Processes or TableId.Symbols ? 1 : 0);

    public static bool IsKnown(ulong table) => table is > 0 and <= LastTable;
}
