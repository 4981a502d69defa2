using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>What a graph says of its frames besides their names: how many hits, or how their number has changed.</summary>
internal abstract class FrameFigures(MergedStacks stacks)
{
    /// <summary>The frames. Their totals are the widths.</summary>
    public MergedStacks Stacks => stacks;

    /// <summary>The frame's colour.</summary>
    public abstract FrameColour Colour(int node, ReadOnlySpan<byte> name);

    /// <summary>Writes the figures after a name: <c>3 hits, 12.00%</c>.</summary>
    public abstract void WriteText(StreamBuffer output, int node);

    /// <summary>Writes them for the script: numbers, each after a comma.</summary>
    public abstract void WriteNumbers(StreamBuffer output, int node);

    /// <summary>Writes the line under the heading.</summary>
    public abstract void WriteSummary(StreamBuffer output);

    /// <summary>Writes what the script must know of the figures as a whole: members of an object, each before a comma.</summary>
    public abstract void WriteFacts(StreamBuffer output);

    /// <summary>Writes the folded stacks, each with its figures.</summary>
    public abstract void WriteFolded(StreamBuffer output);

    /// <summary>Writes how many hundredths of a percent <paramref name="part"/> is, as a percentage with two decimals.</summary>
    protected static void WritePercent(StreamBuffer output, long part, long all)
    {
        output.WriteHundredths(all == 0 ? 0 : (long)(((Int128)part * 20_000 + all) / ((Int128)2 * all)));
        output.Write("%"u8);
    }

    /// <summary>Writes a number with a comma after each three digits.</summary>
    protected static void WriteGrouped(StreamBuffer output, long number)
    {
        if (number < 1000)
        {
            output.Write(number);
            return;
        }
        WriteGrouped(output, number / 1000);
        var rest = (int)(number % 1000);
        output.Write([(byte)',', (byte)('0' + rest / 100), (byte)('0' + rest / 10 % 10), (byte)('0' + rest % 10)]);
    }

    /// <summary>Writes a number of hits.</summary>
    protected static void WriteHits(StreamBuffer output, long hits)
    {
        output.Write(hits);
        output.Write(hits == 1 ? " hit"u8 : " hits"u8);
    }
}

/// <summary>Hits of one recording.</summary>
internal sealed class HitFigures(MergedStacks stacks) : FrameFigures(stacks)
{
    public override FrameColour Colour(int node, ReadOnlySpan<byte> name) =>
        node == FlameTree.Root ? FlameColours.Root : FlameColours.Of(Stacks.Kind(node), name);

    public override void WriteText(StreamBuffer output, int node)
    {
        WriteHits(output, Stacks.Total(node));
        output.Write(", "u8);
        WritePercent(output, Stacks.Total(node), Stacks.Hits);
    }

    public override void WriteNumbers(StreamBuffer output, int node)
    {
        output.Write(","u8);
        output.Write(Stacks.Total(node));
        output.Write(","u8);
        output.Write(Stacks.Self(node));
    }

    public override void WriteSummary(StreamBuffer output)
    {
        WriteGrouped(output, Stacks.Hits);
        output.Write(Stacks.Hits == 1 ? " hit"u8 : " hits"u8);
    }

    public override void WriteFacts(StreamBuffer output)
    {
    }

    public override void WriteFolded(StreamBuffer output) => FoldedWriter.Write(Stacks, output);
}
