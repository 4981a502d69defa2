using System.Buffers;
using Diagnose.Analyze.Output;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>Text of anybody's as a JSON string that neither XML nor HTML takes for anything of its own, wherever it stands in them.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> s_marks = SearchValues.Create("\"\\<>&'"u8);

    /// <summary>Writes any bytes, between quotes; what is not printable as <see cref="PrintableName"/> does.</summary>
    public static void Write(StreamBuffer output, ReadOnlySpan<byte> text)
    {
        output.Write("\""u8);
        WriteInside(output, text);
        output.Write("\""u8);
    }

    /// <summary>The same without quotes, for a string of several parts.</summary>
    public static void WriteInside(StreamBuffer output, ReadOnlySpan<byte> text) => MarkedText.Write(output, text, s_marks, Escaped);

    private static ReadOnlySpan<byte> Escaped(byte mark) => mark switch
    {
        (byte)'<' => "\\u003c"u8,
        (byte)'>' => "\\u003e"u8,
        (byte)'&' => "\\u0026"u8,
        (byte)'\'' => "\\u0027"u8,
        (byte)'"' => "\\\""u8,
        _ => "\\\\"u8,
    };
}
