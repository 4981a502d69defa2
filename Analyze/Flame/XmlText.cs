using System.Buffers;
using Diagnose.Analyze.Output;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>Text of anybody's made safe in an XML document, as content and in a quoted attribute alike.</summary>
internal static class XmlText
{
    private static readonly SearchValues<byte> s_marks = SearchValues.Create("<>&\"'"u8);

    /// <summary>Writes any bytes: what XML cannot hold as <see cref="PrintableName"/> does, its own marks as entities.</summary>
    public static void Write(StreamBuffer output, ReadOnlySpan<byte> text) => MarkedText.Write(output, text, s_marks, Entity);

    private static ReadOnlySpan<byte> Entity(byte mark) => mark switch
    {
        (byte)'<' => "&lt;"u8,
        (byte)'>' => "&gt;"u8,
        (byte)'&' => "&amp;"u8,
        (byte)'"' => "&quot;"u8,
        _ => "&#39;"u8,
    };
}
