using System.Globalization;
using System.Text;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>Hits of two recordings, and how they differ.</summary>
/// <param name="normalisation">How they were made comparable.</param>
/// <param name="secondsBefore">Length of the earlier recording, 0 for not known.</param>
/// <param name="secondsAfter">Length of the later one.</param>
internal sealed class DifferenceFigures(StackDifference difference, Normalisation normalisation, double secondsBefore, double secondsAfter)
    : FrameFigures(difference.Stacks)
{
    public override FrameColour Colour(int node, ReadOnlySpan<byte> name) => node == FlameTree.Root
        ? FlameColours.Root
        : FlameColours.OfChange((double)difference.Before(node) * difference.BeforeScale, (double)difference.After(node) * difference.AfterScale);

    public override void WriteText(StreamBuffer output, int node)
    {
        output.Write("before "u8);
        WriteHits(output, difference.Before(node));
        output.Write(", "u8);
        WritePercent(output, difference.Before(node), difference.Before(FlameTree.Root));
        output.Write("; after "u8);
        WriteHits(output, difference.After(node));
        output.Write(", "u8);
        WritePercent(output, difference.After(node), difference.After(FlameTree.Root));
    }

    public override void WriteNumbers(StreamBuffer output, int node)
    {
        foreach (var number in (ReadOnlySpan<long>)[difference.Before(node), difference.After(node), difference.SelfBefore(node), difference.SelfAfter(node)])
        {
            output.Write(","u8);
            output.Write(number);
        }
    }

    public override void WriteSummary(StreamBuffer output)
    {
        var (appeared, vanished) = difference.OneSided();
        output.Write("before "u8);
        WriteSide(output, difference.Before(FlameTree.Root), secondsBefore);
        output.Write(", after "u8);
        WriteSide(output, difference.After(FlameTree.Root), secondsAfter);
        output.Write(normalisation == Normalisation.Hits ? ", compared by share; "u8 : ", compared per second; "u8);
        output.Write(appeared);
        output.Write(appeared == 1 ? " name appeared, "u8 : " names appeared, "u8);
        output.Write(vanished);
        output.Write(" vanished"u8);
    }

    public override void WriteFolded(StreamBuffer output) => FoldedWriter.Write(difference, output);

    public override void WriteFacts(StreamBuffer output)
    {
        output.Write("\"scale\":["u8);
        output.Write(difference.BeforeScale);
        output.Write(","u8);
        output.Write(difference.AfterScale);
        output.Write(normalisation == Normalisation.Hits ? "],\"normalised\":\"as a share of all hits\","u8 : "],\"normalised\":\"per second\","u8);
    }

    private static void WriteSide(StreamBuffer output, long hits, double seconds)
    {
        WriteGrouped(output, hits);
        output.Write(hits == 1 ? " hit"u8 : " hits"u8);
        if (seconds > 0)
            output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $" in {seconds:0.###} s")));
    }
}
