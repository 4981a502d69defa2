using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>What the colours mean: those that the graph has.</summary>
internal static class FlameLegend
{
    private const int Swatch = 11;
    private const int Gap = 5;
    private const int Between = 16;

    private static readonly (FrameKind[] Kinds, string Text)[] OfKinds =
    [
        ([FrameKind.Kernel], "kernel"),
        ([FrameKind.KernelModule], "kernel module"),
        ([FrameKind.User], "user"),
        ([FrameKind.Managed], "managed (JIT)"),
        ([FrameKind.Cgroup, FrameKind.Process, FrameKind.Thread], "cgroup, processes, thread"),
        ([FrameKind.Unknown], "no name"),
    ];

    private static readonly (FrameColour[] Colours, string Text)[] OfChanges =
    [
        ([FlameColours.Appeared], "appeared"),
        ([FlameColours.Grown(1), FlameColours.Grown(2), FlameColours.Grown(3)], "grew"),
        ([FlameColours.Equal], "equal"),
        ([FlameColours.Shrunk(1), FlameColours.Shrunk(2), FlameColours.Shrunk(3)], "shrank"),
        ([FlameColours.Vanished], "vanished"),
    ];

    /// <summary>Writes the legend on a line whose top is 0; returns the pixels it takes, from the left edge of the frames.</summary>
    /// <param name="room">Pixels there are; entries beyond are left out.</param>
    public static int Write(StreamBuffer output, FrameFigures figures, FlameLayout layout, int room)
    {
        var left = 0;
        if (figures is HitFigures)
        {
            var kinds = new bool[(int)FrameKind.Managed + 1];
            foreach (var box in layout.Boxes)
                if (box.Node != FlameTree.Root)
                    kinds[(int)layout.Stacks.Kind(box.Node)] = true;
            foreach (var (of, text) in OfKinds)
                if (of.Any(kind => kinds[(int)kind]))
                    left += WriteEntry(output, [.. of.Where(kind => kinds[(int)kind]).Select(kind => FlameColours.Of(kind, 1))], text, left, room);
        }
        else
        {
            foreach (var (of, text) in OfChanges)
                left += WriteEntry(output, of, text, left, room);
        }
        return left;
    }

    private static int WriteEntry(StreamBuffer output, FrameColour[] colours, string text, int left, int room)
    {
        var width = colours.Length * Swatch + Gap + text.Length * FlameMeasures.Cell / FlameMeasures.Pixel + Between;
        if (left + width > room)
            return 0;
        foreach (var colour in colours)
        {
            output.Write("<rect class=\""u8);
            colour.Write(output);
            output.Write("\" x=\""u8);
            output.Write(FlameMeasures.Side + left);
            output.Write("\" y=\"12\" width=\"11\" height=\"11\"/>"u8);
            left += Swatch;
        }
        output.Write("<text x=\""u8);
        output.Write(FlameMeasures.Side + left + Gap);
        output.Write("\" y=\"22\">"u8);
        foreach (var character in text)
            output.Write([(byte)character]);
        output.Write("</text>\n"u8);
        return width;
    }
}
