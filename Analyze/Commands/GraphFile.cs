using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;
using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>The file, or standard output, that <c>flame</c> writes.</summary>
internal static class GraphFile
{
    /// <summary>Writes it; on failure says why on standard error and gives false.</summary>
    /// <param name="timeline">When the hits came, for a page.</param>
    public static bool TryWrite(string output, string format, FrameFigures figures, HitTimeline? timeline, FlameOptions options)
    {
        try
        {
            using Stream stream = output == "-" ? new StandardOutput() : File.Create(output, bufferSize: 1);
            Write(stream, format, figures, timeline, options);
            return true;
        }
        catch (IOException failure) when (output == "-")
        {
            return OutputFailure.Conclude("flame", failure) == 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            TraceInput.Say("flame", $"cannot write {output}: {failure.Message}");
            return false;
        }
    }

    private static void Write(Stream stream, string format, FrameFigures figures, HitTimeline? timeline, FlameOptions options)
    {
        switch (format)
        {
            case GraphFormat.Folded:
                using (var buffer = new StreamBuffer(stream))
                    figures.WriteFolded(buffer);
                break;
            case GraphFormat.Html:
                PageWriter.Write(figures, timeline, options, stream);
                break;
            default:
                SvgWriter.Write(figures, options, stream);
                break;
        }
    }
}
