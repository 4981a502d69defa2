using System.Text;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>
/// Writes the frames for the script, as numbers: for each the step from the frame before it to its node, its row, function
/// and start, and its figures. A function is a name of a kind, written once, after the two characters of its colour.
/// </summary>
/// <param name="layout">The frames that the script is told.</param>
/// <param name="rows">Rows of those that are drawn at first.</param>
internal sealed class FlameData(FrameFigures figures, FlameLayout layout, int rows, FlameOptions options, StreamBuffer output)
{
    private readonly Dictionary<(int Name, FrameKind Kind), int> _functions = [];
    private readonly int[] _functionOf = new int[layout.Boxes.Count];

    /// <summary>Writes all but the modules.</summary>
    /// <param name="legendWidth">What the legend takes of its line, pixels.</param>
    public void Write(long legendWidth)
    {
        output.Write("<metadata id=\"data\">{"u8);
        WriteMeasures(legendWidth);
        figures.WriteFacts(output);
        WriteFunctions();
        WriteFrames();
        output.Write("}</metadata>\n"u8);
    }

    /// <summary>
    /// Writes whose code each frame is, where that is known of any. A line of its own: only this the text of a report does not
    /// tell, and without this line a trace and its text give the same bytes.
    /// </summary>
    public void WriteModules()
    {
        var stacks = figures.Stacks;
        var numbers = new Dictionary<int, int>();
        var paths = new List<int>();
        foreach (var box in layout.Boxes)
            if (box.Node != FlameTree.Root && stacks.ModuleNumber(box.Node) is >= 0 and var module && numbers.TryAdd(module, paths.Count))
                paths.Add(module);
        if (paths.Count == 0)
            return;
        output.Write("<metadata id=\"modules\">{\"names\":["u8);
        for (var at = 0; at < paths.Count; at++)
        {
            output.Write(at == 0 ? ""u8 : ","u8);
            JsonText.Write(output, stacks.Names[paths[at]]);
        }
        output.Write("],\"frames\":["u8);
        for (var at = 0; at < layout.Boxes.Count; at++)
        {
            output.Write(at == 0 ? ""u8 : ","u8);
            output.Write(numbers.GetValueOrDefault(stacks.ModuleNumber(layout.Boxes[at].Node), -1));
        }
        output.Write("]}</metadata>\n"u8);
    }

    /// <summary>Writes when the hits came: for each slot that has some its step from the one before, how many nodes, and their steps and hits.</summary>
    public void WriteTimes(HitTimeline timeline)
    {
        output.Write("<metadata id=\"times\">{\"begin\":"u8);
        output.Write(timeline.First << timeline.Shift);
        WriteMember(",\"slot\":"u8, 1L << timeline.Shift);
        WriteMember(",\"slots\":"u8, timeline.Slots);
        WriteMember(",\"untimed\":"u8, timeline.Untimed);
        output.Write(",\"hits\":["u8);
        var counts = timeline.Counts(figures.Stacks).AsSpan();
        for (var (at, last) = (0, 0); at < counts.Length;)
        {
            var slot = counts[at].Slot;
            var end = at;
            while (end < counts.Length && counts[end].Slot == slot)
                end++;
            output.Write(at == 0 ? ""u8 : ","u8);
            output.Write(slot - last);
            WriteMember(","u8, end - at);
            for (last = 0; at < end; last = counts[at++].Node)
            {
                WriteMember(","u8, counts[at].Node - last);
                WriteMember(","u8, counts[at].Hits);
            }
            last = slot;
        }
        output.Write("]}</metadata>\n"u8);
    }

    private void WriteMeasures(long legendWidth)
    {
        output.Write("\"title\":"u8);
        JsonText.Write(output, Encoding.UTF8.GetBytes(options.Title));
        output.Write(",\"hint\":\"click or Enter zooms \\u00b7 arrows move \\u00b7 / searches \\u00b7 Esc resets\""u8);
        output.Write(options.IsIcicle ? ",\"icicle\":true"u8 : ",\"icicle\":false"u8);
        WriteMember(",\"width\":"u8, options.Width);
        WriteMember(",\"side\":"u8, FlameMeasures.Side);
        WriteMember(",\"head\":"u8, FlameMeasures.Head);
        WriteMember(",\"foot\":"u8, FlameMeasures.Foot);
        WriteMember(",\"row\":"u8, FlameMeasures.RowHeight);
        WriteMember(",\"rows\":"u8, rows);
        WriteMember(",\"least\":"u8, options.MinimumWidth);
        WriteMember(",\"deepest\":"u8, options.Depth);
        WriteMember(",\"legend\":"u8, legendWidth);
        output.Write(",\"cell\":"u8);
        output.WriteHundredths(FlameMeasures.Cell);
        output.Write(",\"titleCell\":"u8);
        output.WriteHundredths(FlameMeasures.TitleCell);
        output.Write(","u8);
    }

    private void WriteMember(ReadOnlySpan<byte> name, long value)
    {
        output.Write(name);
        output.Write(value);
    }

    private void WriteFunctions()
    {
        var stacks = figures.Stacks;
        output.Write("\"functions\":[\"r0all\""u8);
        for (var at = 1; at < layout.Boxes.Count; at++)
        {
            var node = layout.Boxes[at].Node;
            var (name, kind) = (stacks.NameNumber(node), stacks.Kind(node));
            if (!_functions.TryGetValue((name, kind), out var function))
            {
                function = _functions.Count + 1;
                _functions.Add((name, kind), function);
                output.Write(",\""u8);
                FlameColours.Of(kind, stacks.Names[name]).Write(output);
                JsonText.WriteInside(output, stacks.Names[name]);
                output.Write("\""u8);
            }
            _functionOf[at] = function;
        }
        output.Write("],"u8);
    }

    private void WriteFrames()
    {
        output.Write("\"frames\":["u8);
        var last = 0;
        for (var at = 0; at < layout.Boxes.Count; at++)
        {
            var box = layout.Boxes[at];
            output.Write(at == 0 ? ""u8 : ","u8);
            output.Write(box.Node - last);
            output.Write(","u8);
            output.Write(box.Depth);
            output.Write(","u8);
            output.Write(_functionOf[at]);
            output.Write(","u8);
            output.Write(box.Start);
            figures.WriteNumbers(output, box.Node);
            last = box.Node;
        }
        output.Write("]"u8);
    }
}
