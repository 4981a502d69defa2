namespace Diagnose.Analyze.Flame;

/// <summary>How a flame graph is drawn.</summary>
public sealed record FlameOptions
{
    /// <summary>The graph's heading.</summary>
    public string Title { get; init; } = "Flame Graph";

    /// <summary>Width of the whole image where nothing can adapt it to its window, pixels; at least 200.</summary>
    public int Width
    {
        get;
        init => field = value is >= 200 and <= 100_000
            ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the width is not between 200 and 100000 pixels");
    } = 1200;

    /// <summary>Frames thinner than this many hundredths of a pixel are left out.</summary>
    public int MinimumWidth
    {
        get;
        init => field = value is >= 0 and <= 100_000
            ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the minimum width is not between 0 and 1000 pixels");
    } = 10;

    /// <summary>Rows over the root's that are drawn at most.</summary>
    public int Depth
    {
        get;
        init => field = value >= 1
            ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "the depth is not at least 1");
    } = int.MaxValue;

    /// <summary>Root at the top and leaf at the bottom, as icicles hang.</summary>
    public bool IsIcicle { get; init; }
}
