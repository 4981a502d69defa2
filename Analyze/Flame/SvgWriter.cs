using System.Text;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>
/// Draws merged stacks as one self-contained SVG: root at the bottom, leaf on top (or the other way), with the script that
/// zooms and searches. Where no script runs the drawing is whole all the same. The bytes depend on the stacks and the options
/// alone: no date, no random order, no floating point.
/// </summary>
public sealed class SvgWriter
{
    private readonly FrameFigures _figures;
    private readonly FlameLayout _layout;
    private readonly FlameOptions _options;
    private readonly StreamBuffer _output;
    private readonly int _height;

    private SvgWriter(FrameFigures figures, FlameOptions options, StreamBuffer output)
    {
        _figures = figures;
        _layout = FlameLayout.Of(
            figures.Stacks, (long)(options.Width - 2 * FlameMeasures.Side) * FlameMeasures.Pixel, options.MinimumWidth, options.Depth);
        _options = options;
        _output = output;
        _height = FlameMeasures.Head + _layout.Rows * FlameMeasures.RowHeight + FlameMeasures.Foot;
    }

    /// <summary>Writes the graph as UTF-8; the stream stays open.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(MergedStacks stacks, FlameOptions options, Stream stream) => Write(new HitFigures(stacks), options, stream);

    internal static void Write(FrameFigures figures, FlameOptions options, Stream stream)
    {
        using var output = new StreamBuffer(stream);
        new SvgWriter(figures, options, output).Write();
    }

    /// <summary>Writes the graph as a part of an HTML page, whose script it needs; all frames are told to that.</summary>
    internal static void WriteInPage(FrameFigures figures, HitTimeline? timeline, FlameOptions options, StreamBuffer output)
    {
        var writer = new SvgWriter(figures, options, output);
        writer.WriteStart();
        writer.WriteDrawing(FlameLayout.Whole(figures.Stacks), timeline);
        output.Write("</svg>\n"u8);
    }

    private void Write()
    {
        _output.Write("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"u8);
        WriteStart();
        // By a prefix: where the file is put into a page, these elements are unknown there and do nothing.
        _output.Write("<metadata><h:head xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:meta http-equiv=\"Content-Security-Policy\" content=\""u8);
        EmbeddedFile.WritePolicy(_output, "graph.js", "graph.css");
        _output.Write("\"/></h:head></metadata>\n<style><![CDATA["u8);
        EmbeddedFile.Write(_output, "graph.css");
        _output.Write("]]></style>\n"u8);
        WriteDrawing(_layout);
        _output.Write("<script><![CDATA["u8);
        EmbeddedFile.Write(_output, "graph.js");
        _output.Write("]]></script>\n</svg>\n"u8);
    }

    private void WriteStart()
    {
        _output.Write("<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" class=\"flame\" width=\""u8);
        _output.Write(_options.Width);
        _output.Write("\" height=\""u8);
        _output.Write(_height);
        _output.Write("\" viewBox=\"0 0 "u8);
        _output.Write(_options.Width);
        _output.Write(" "u8);
        _output.Write(_height);
        _output.Write("\">\n"u8);
    }

    /// <param name="told">The frames that the script is told.</param>
    private void WriteDrawing(FlameLayout told, HitTimeline? timeline = null)
    {
        _output.Write("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"u8);
        WriteHeading();
        _output.Write("<g id=\"frames\" tabindex=\"0\" role=\"application\" aria-roledescription=\"flame graph\">\n"u8);
        new SvgFrames(_figures, _layout, _options, _height, _output).Write();
        _output.Write("</g>\n<g id=\"foot\" transform=\"translate(0 "u8);
        _output.Write(_height - FlameMeasures.Foot);
        _output.Write(")\">"u8);
        var legend = FlameLegend.Write(_output, _figures, _layout, _options.Width - 2 * FlameMeasures.Side);
        _output.Write("<text id=\"hint\" y=\"22\"></text></g>\n<rect id=\"cursor\" width=\"0\" height=\"0\"/>\n<g id=\"details\" role=\"status\"></g>\n"u8);
        var data = new FlameData(_figures, told, _layout.Rows, _options, _output);
        data.Write(legend);
        data.WriteModules();
        if (timeline is { Slots: > 0 })
            data.WriteTimes(timeline);
    }

    private void WriteHeading()
    {
        var search = Math.Min(FlameMeasures.SearchWidth, _options.Width / 2);
        var title = Encoding.UTF8.GetBytes(_options.Title);
        var label = FrameLabel.Fit(
            title, (long)(_options.Width - 3 * FlameMeasures.Side - search) * FlameMeasures.Pixel / FlameMeasures.TitleCell);
        _output.Write("<text id=\"title\" x=\"10\" y=\"28\">"u8);
        XmlText.Write(_output, title.AsSpan(0, label.Length));
        _output.Write(label.IsCut ? "..</text>\n"u8 : "</text>\n"u8);
        _output.Write("<foreignObject id=\"search\" y=\"8\" height=\"30\" width=\""u8);
        _output.Write(search);
        _output.Write("\" x=\""u8);
        _output.Write(_options.Width - FlameMeasures.Side - search);
        _output.Write("\"></foreignObject>\n<text id=\"summary\" x=\"10\" y=\"48\">"u8);
        _figures.WriteSummary(_output);
        _output.Write("</text>\n<g id=\"crumbs\"></g>\n<text id=\"matched\" role=\"status\" y=\"48\" x=\""u8);
        _output.Write(_options.Width - FlameMeasures.Side);
        _output.Write("\"></text>\n"u8);
    }
}
