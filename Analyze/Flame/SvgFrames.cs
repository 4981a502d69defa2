using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>Draws the frames: each that a pointer can hit as an element with its title and label, the thinner ones as one path for each colour.</summary>
internal sealed class SvgFrames(FrameFigures figures, FlameLayout layout, FlameOptions options, int height, StreamBuffer output)
{
    private readonly List<(FrameColour Colour, int Box)> _thin = [];
    private byte[] _printable = new byte[1024];

    public void Write()
    {
        for (var at = 0; at < layout.Boxes.Count; at++)
        {
            var box = layout.Boxes[at];
            var name = box.Node == FlameTree.Root ? "all"u8 : Printable(layout.Stacks.Name(box.Node));
            if (box.Width < FlameMeasures.Thin && box.Node != FlameTree.Root)
                _thin.Add((figures.Colour(box.Node, name), at));
            else
                WriteWide(box, name);
        }
        WriteThin();
    }

    private void WriteWide(in FlameBox box, ReadOnlySpan<byte> name)
    {
        var top = Top(box);
        output.Write("<g><title>"u8);
        XmlText.Write(output, name);
        output.Write(" ("u8);
        figures.WriteText(output, box.Node);
        output.Write(")</title><rect class=\""u8);
        figures.Colour(box.Node, name).Write(output);
        output.Write("\" x=\""u8);
        output.WriteHundredths(Left(box));
        output.Write("\" y=\""u8);
        output.Write(top);
        output.Write("\" width=\""u8);
        output.WriteHundredths(box.Width);
        output.Write("\" height=\"16\"/>"u8);
        WriteLabel(box, name, top + 12);
        output.Write("</g>\n"u8);
    }

    private void WriteLabel(in FlameBox box, ReadOnlySpan<byte> name, int y)
    {
        var label = FrameLabel.Fit(name, (box.Width - 2 * FlameMeasures.LabelSide * FlameMeasures.Pixel) / FlameMeasures.Cell);
        if (label.Length == 0)
            return;
        output.Write("<text x=\""u8);
        output.WriteHundredths(Left(box) + FlameMeasures.LabelSide * FlameMeasures.Pixel);
        output.Write("\" y=\""u8);
        output.Write(y);
        if (!label.IsAscii)
        {
            // Which font draws these characters is not known, so how wide they come out is said here.
            output.Write("\" lengthAdjust=\"spacingAndGlyphs\" textLength=\""u8);
            output.WriteHundredths((long)label.Cells * FlameMeasures.Cell);
        }
        output.Write("\">"u8);
        XmlText.Write(output, name[..label.Length]);
        if (label.IsCut)
            output.Write(".."u8);
        output.Write("</text>"u8);
    }

    private void WriteThin()
    {
        _thin.Sort();
        for (var at = 0; at < _thin.Count;)
        {
            var colour = _thin[at].Colour;
            output.Write("<path class=\""u8);
            colour.Write(output);
            output.Write("\" d=\""u8);
            for (; at < _thin.Count && _thin[at].Colour == colour; at++)
                WriteOutline(layout.Boxes[_thin[at].Box]);
            output.Write("\"/>\n"u8);
        }
    }

    private void WriteOutline(in FlameBox box)
    {
        output.Write("M"u8);
        output.WriteHundredths(Left(box));
        output.Write(" "u8);
        output.Write(Top(box));
        output.Write("h"u8);
        output.WriteHundredths(box.Width);
        output.Write("v16h-"u8);
        output.WriteHundredths(box.Width);
        output.Write("z"u8);
    }

    private static long Left(in FlameBox box) => FlameMeasures.Side * FlameMeasures.Pixel + box.Left;

    private int Top(in FlameBox box) => options.IsIcicle
        ? FlameMeasures.Head + box.Depth * FlameMeasures.RowHeight
        : height - FlameMeasures.Foot - (box.Depth + 1) * FlameMeasures.RowHeight;

    private ReadOnlySpan<byte> Printable(ReadOnlySpan<byte> name)
    {
        if (PrintableName.IsPrintable(name))
            return name;
        if (_printable.Length < PrintableName.MaxLength(name.Length))
            _printable = new byte[PrintableName.MaxLength(name.Length)];
        return _printable.AsSpan(0, PrintableName.Write(name, _printable));
    }
}
