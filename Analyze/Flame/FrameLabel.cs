using System.Buffers;
using System.Text;

namespace Diagnose.Analyze.Flame;

/// <summary>How much of a name fits on a frame, counted in cells of a monospaced font; a wide character takes two, a mark none.</summary>
/// <param name="Length">Bytes of the name that are shown.</param>
/// <param name="Cells">Cells of the whole label.</param>
/// <param name="IsCut">Whether <c>..</c> follows them.</param>
/// <param name="IsAscii">Whether all characters shown are of one cell for certain.</param>
internal readonly record struct FrameLabel(int Length, int Cells, bool IsCut, bool IsAscii)
{
    /// <summary>Fewer cells than this say nothing.</summary>
    public const int FewestCells = 3;

    private const int CutMark = 2;

    /// <summary>The label of a valid UTF-8 <paramref name="name"/> in at most <paramref name="cells"/> cells; empty where too few.</summary>
    public static FrameLabel Fit(ReadOnlySpan<byte> name, long cells)
    {
        if (cells < FewestCells)
            return default;
        var (length, used, isAscii) = (0, 0, true);
        var beforeMark = new FrameLabel(0, CutMark, true, true);
        while (length < name.Length)
        {
            var size = 1;
            var wide = 1;
            if (name[length] >= 0x80)
            {
                isAscii = false;
                if (Rune.DecodeFromUtf8(name[length..], out var rune, out size) != OperationStatus.Done)
                    size = 1;
                else if (IsWide(rune.Value))
                    wide = 2;
                else if (IsMark(rune.Value))
                    wide = 0;
            }
            if (used + wide > cells)
                return beforeMark;
            length += size;
            used += wide;
            if (used + CutMark <= cells)
                beforeMark = new FrameLabel(length, used + CutMark, true, isAscii);
        }
        return new FrameLabel(length, used, false, isAscii);
    }

    // Drawn on the character before it: combining marks, joiners, variation selectors.
    private static bool IsMark(int value) => value
        is (>= 0x300 and <= 0x36f)
        or (>= 0x200b and <= 0x200d)
        or (>= 0x20d0 and <= 0x20ff)
        or (>= 0xfe00 and <= 0xfe0f);

    // East Asian Wide and Fullwidth of UAX #11, and emoji, in whole blocks: too wide only shortens the label.
    private static bool IsWide(int value) => value
        is (>= 0x1100 and <= 0x115f)
        or (>= 0x2e80 and <= 0xa4cf)
        or (>= 0xa960 and <= 0xa97f)
        or (>= 0xac00 and <= 0xd7a3)
        or (>= 0xf900 and <= 0xfaff)
        or (>= 0xfe10 and <= 0xfe6f)
        or (>= 0xff00 and <= 0xff60)
        or (>= 0xffe0 and <= 0xffe6)
        or (>= 0x16fe0 and <= 0x18aff)
        or (>= 0x1aff0 and <= 0x1b2ff)
        or (>= 0x1f000 and <= 0x1faff)
        or (>= 0x20000 and <= 0x3fffd);
}
