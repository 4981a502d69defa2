namespace Diagnose.Formats.Trace;

/// <summary>Bounds that hold for every trace, so that no count read from a file can exhaust memory or time.</summary>
public static class TraceLimits
{
    /// <summary>Largest payload of one block, in bytes, as stored.</summary>
    public const int BlockBytes = 64 << 20;

    /// <summary>Largest decompressed size of one table block or one hit column, in bytes.</summary>
    public const int RawBytes = 64 << 20;

    /// <summary>Most hits in one block; the writer stays far below it.</summary>
    public const int HitsPerBlock = 1 << 20;

    /// <summary>
    /// Largest ratio of a table block's decompressed size to its stored size; beyond it a writer stores it raw. What is
    /// read from tables stays in memory, so this bounds the memory that a file of a given size can ask for.
    /// </summary>
    public const int TableRatio = 32;

    /// <summary>Decompressed size from which a writer goes on with the next tables block.</summary>
    public const int TableBytes = 16 << 20;

    /// <summary>Longest string, in bytes; a writer cuts longer ones.</summary>
    public const int StringBytes = 1 << 20;

    /// <summary>Most rows in one table over a whole segment.</summary>
    public const int Rows = 1 << 28;

    /// <summary>
    /// Most rows, of all tables and all segments together, that damaged blocks may have taken away; more is a hostile file.
    /// </summary>
    public const int MissingRows = 1 << 20;

    /// <summary>Most separate gaps of such rows in one table.</summary>
    public const int Holes = 1024;

    /// <summary>Most totals in an end block.</summary>
    public const int Counters = 1024;

    /// <summary>Most segments in one file: each costs a reader some time, however few bytes it takes.</summary>
    public const int Segments = 1 << 16;

    /// <summary>Deepest stack half (kernel or user) that a reader follows through the node table.</summary>
    public const int StackDepth = 4096;

    /// <summary>Longest process chain that a reader follows.</summary>
    public const int ChainDepth = 1024;
}
