using System.Text;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>
/// Draws merged stacks as one self-contained SVG: root at the bottom, leaf on top, with the script that zooms and
/// searches. The bytes depend on the stacks and the options alone: no date, no random order, no floating point.
/// </summary>
public sealed class SvgWriter
{
    private const int Pixel = 100;
    private const int Side = 10;
    private const int Head = 46;
    private const int Foot = 28;
    private const int RowHeight = 17;
    private const int FrameHeight = 16;
    private const int LabelSide = 3;

    // A cell of a 12 px monospaced font is at most 7.23 px wide in the fonts the style sheet names.
    private const int Cell = 725;

    private readonly FlameLayout _layout;
    private readonly FlameOptions _options;
    private readonly StreamBuffer _output;
    private readonly int _height;
    private byte[] _printable = new byte[1024];

    private SvgWriter(FlameLayout layout, FlameOptions options, StreamBuffer output)
    {
        _layout = layout;
        _options = options;
        _output = output;
        _height = Head + layout.Rows * RowHeight + Foot;
    }

    /// <summary>Writes the graph as UTF-8; the stream stays open.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(MergedStacks stacks, FlameOptions options, Stream stream)
    {
        var layout = FlameLayout.Of(stacks, (long)(options.Width - 2 * Side) * Pixel, options.MinimumWidth);
        using var output = new StreamBuffer(stream);
        new SvgWriter(layout, options, output).Write();
    }

    private void Write()
    {
        WriteHead();
        _output.Write("<g id=\"frames\">\n"u8);
        foreach (var box in _layout.Boxes)
            WriteFrame(box);
        _output.Write("</g>\n<script><![CDATA[\n"u8);
        WriteResource("flame.js");
        _output.Write("]]></script>\n</svg>\n"u8);
    }

    private void WriteHead()
    {
        _output.Write("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" class=\"flame\" width=\""u8);
        _output.Write(_options.Width);
        _output.Write("\" height=\""u8);
        _output.Write(_height);
        _output.Write("\" viewBox=\"0 0 "u8);
        _output.Write(_options.Width);
        _output.Write(" "u8);
        _output.Write(_height);
        _output.Write("\" data-side=\""u8);
        _output.Write(Side);
        _output.Write("\" data-cell=\""u8);
        WritePixels(Cell);
        _output.Write("\">\n<style>\n"u8);
        WriteResource("flame.css");
        FlameColours.WriteRules(_output);
        _output.Write("</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"u8);
        WriteText("title", _options.Width / 2, 26, Encoding.UTF8.GetBytes(_options.Title));
        WriteText("reset", Side, 26, "Reset zoom"u8);
        WriteText("search", _options.Width - Side, 26, "Search"u8);
        WriteText("details", Side, _height - 9, ""u8);
        WriteText("matched", _options.Width - Side, _height - 9, ""u8);
    }

    private void WriteText(string id, int x, int y, ReadOnlySpan<byte> text)
    {
        _output.Write("<text id=\""u8);
        _output.Write(Encoding.UTF8.GetBytes(id));
        _output.Write("\" x=\""u8);
        _output.Write(x);
        _output.Write("\" y=\""u8);
        _output.Write(y);
        _output.Write("\">"u8);
        XmlText.Write(_output, text);
        _output.Write("</text>\n"u8);
    }

    private void WriteFrame(in FlameBox box)
    {
        var isRoot = box.Node == FlameTree.Root;
        var name = isRoot ? "all"u8 : Printable(_layout.Stacks.Name(box.Node));
        var hits = _layout.Stacks.Total(box.Node);
        var top = _height - Foot - (box.Depth + 1) * RowHeight;

        _output.Write("<g><title>"u8);
        XmlText.Write(_output, name);
        _output.Write(" ("u8);
        _output.Write(hits);
        _output.Write(hits == 1 ? " hit, "u8 : " hits, "u8);
        WritePercent(hits);
        _output.Write("%)</title><rect class=\""u8);
        if (isRoot)
            _output.Write("root"u8);
        else
            FlameColours.WriteClass(_output, _layout.Stacks.Kind(box.Node), name);
        _output.Write("\" x=\""u8);
        WritePixels(Side * Pixel + box.Left);
        _output.Write("\" y=\""u8);
        _output.Write(top);
        _output.Write("\" width=\""u8);
        WritePixels(box.Width);
        _output.Write("\" height=\""u8);
        _output.Write(FrameHeight);
        _output.Write("\"/>"u8);
        WriteLabel(box, name, top + 12);
        _output.Write("</g>\n"u8);
    }

    private void WriteLabel(in FlameBox box, ReadOnlySpan<byte> name, int y)
    {
        var label = FrameLabel.Fit(name, (box.Width - 2 * LabelSide * Pixel) / Cell);
        if (label.Length == 0)
            return;
        _output.Write("<text x=\""u8);
        WritePixels((Side + LabelSide) * Pixel + box.Left);
        _output.Write("\" y=\""u8);
        _output.Write(y);
        if (!label.IsAscii)
        {
            // Which font draws these characters is not known, so how wide they come out is said here.
            _output.Write("\" lengthAdjust=\"spacingAndGlyphs\" textLength=\""u8);
            WritePixels((long)label.Cells * Cell);
        }
        _output.Write("\">"u8);
        XmlText.Write(_output, name[..label.Length]);
        if (label.IsCut)
            _output.Write(".."u8);
        _output.Write("</text>"u8);
    }

    private ReadOnlySpan<byte> Printable(ReadOnlySpan<byte> name)
    {
        if (PrintableName.IsPrintable(name))
            return name;
        if (_printable.Length < PrintableName.MaxLength(name.Length))
            _printable = new byte[PrintableName.MaxLength(name.Length)];
        return _printable.AsSpan(0, PrintableName.Write(name, _printable));
    }

    private void WritePercent(long hits)
    {
        var all = _layout.Stacks.Hits;
        WritePixels(all == 0 ? 0 : (long)(((Int128)hits * 20_000 + all) / ((Int128)2 * all)));
    }

    /// <summary>Writes hundredths as a number with two decimals.</summary>
    private void WritePixels(long hundredths)
    {
        _output.Write(hundredths / Pixel);
        var rest = (int)(hundredths % Pixel);
        _output.Write([(byte)'.', (byte)('0' + rest / 10), (byte)('0' + rest % 10)]);
    }

    private void WriteResource(string name)
    {
        using var resource = typeof(SvgWriter).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the build did not embed {name}");
        Span<byte> part = stackalloc byte[1024];
        while (resource.Read(part) is > 0 and var length)
            _output.Write(part[..length]);
    }
}
