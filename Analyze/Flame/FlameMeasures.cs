namespace Diagnose.Analyze.Flame;

/// <summary>Lengths of the drawing, pixels where nothing else is said; the script is told those that it needs.</summary>
internal static class FlameMeasures
{
    /// <summary>Hundredths in a pixel.</summary>
    public const int Pixel = 100;

    /// <summary>Left and right of the root's frame.</summary>
    public const int Side = 10;

    /// <summary>From the top to the first row: heading and search, then the way back and what matched.</summary>
    public const int Head = 60;

    /// <summary>From the last row to the bottom: the legend.</summary>
    public const int Foot = 32;

    public const int RowHeight = 17;
    public const int FrameHeight = 16;

    /// <summary>Left and right of a frame's label.</summary>
    public const int LabelSide = 3;

    /// <summary>Hundredths: a cell of a 12 px monospaced font is at most 7.23 px wide in the fonts the style sheet names.</summary>
    public const int Cell = 725;

    /// <summary>Hundredths: the same of the heading's 15 px.</summary>
    public const int TitleCell = 910;

    public const int TitleLine = 28;
    public const int SecondLine = 48;

    public const int SearchWidth = 260;

    /// <summary>
    /// Hundredths: frames thinner than this have no element of their own but are a part of one path for each colour. A
    /// browser takes seconds for tens of thousands of elements.
    /// </summary>
    public const int Thin = 2 * Pixel;
}
