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

    /// <summary>Largest ratio of a table block's decompressed size to its stored size; beyond it a writer stores it raw.</summary>
    public const int TableRatio = 256;

    /// <summary>Most rows in one table over the whole file.</summary>
    public const int Rows = 1 << 28;

    /// <summary>Most rows of one table that damaged blocks may have taken away; more than that is a hostile file.</summary>
    public const int MissingRows = 1 << 22;

    /// <summary>Most separate gaps of such rows.</summary>
    public const int Holes = 1024;

    /// <summary>Deepest stack half (kernel or user) that a reader follows through the node table.</summary>
    public const int StackDepth = 4096;

    /// <summary>Longest process chain that a reader follows.</summary>
    public const int ChainDepth = 1024;
}
