using System.Buffers;
using Diagnose.Analyze.Output;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>Text of anybody's made safe in an XML document, as content and in a quoted attribute alike.</summary>
internal static class XmlText
{
    private static readonly SearchValues<byte> Marked = SearchValues.Create("<>&\"'"u8);

    /// <summary>Writes any bytes: what XML cannot hold as <see cref="PrintableName"/> does, its own marks as entities.</summary>
    public static void Write(StreamBuffer output, ReadOnlySpan<byte> text)
    {
        if (PrintableName.IsPrintable(text))
        {
            WritePrintable(output, text);
            return;
        }
        var room = ArrayPool<byte>.Shared.Rent(PrintableName.MaxLength(text.Length));
        WritePrintable(output, room.AsSpan(0, PrintableName.Write(text, room)));
        ArrayPool<byte>.Shared.Return(room);
    }

    private static void WritePrintable(StreamBuffer output, ReadOnlySpan<byte> text)
    {
        while (text.IndexOfAny(Marked) is >= 0 and var mark)
        {
            output.Write(text[..mark]);
            output.Write(text[mark] switch
            {
                (byte)'<' => "&lt;"u8,
                (byte)'>' => "&gt;"u8,
                (byte)'&' => "&amp;"u8,
                (byte)'"' => "&quot;"u8,
                _ => "&#39;"u8,
            });
            text = text[(mark + 1)..];
        }
        output.Write(text);
    }
}
