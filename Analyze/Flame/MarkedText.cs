using System.Buffers;
using Diagnose.Analyze.Output;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Flame;

/// <summary>What a format writes for a byte that has a meaning of its own in it.</summary>
internal delegate ReadOnlySpan<byte> Escape(byte mark);

/// <summary>Text of anybody's with the marks of a format escaped, and what is not printable as <see cref="PrintableName"/> does.</summary>
internal static class MarkedText
{
    public static void Write(StreamBuffer output, ReadOnlySpan<byte> text, SearchValues<byte> marks, Escape escape)
    {
        if (PrintableName.IsPrintable(text))
        {
            WritePrintable(output, text, marks, escape);
            return;
        }
        var room = ArrayPool<byte>.Shared.Rent(PrintableName.MaxLength(text.Length));
        WritePrintable(output, room.AsSpan(0, PrintableName.Write(text, room)), marks, escape);
        ArrayPool<byte>.Shared.Return(room);
    }

    private static void WritePrintable(StreamBuffer output, ReadOnlySpan<byte> text, SearchValues<byte> marks, Escape escape)
    {
        while (text.IndexOfAny(marks) is >= 0 and var mark)
        {
            output.Write(text[..mark]);
            output.Write(escape(text[mark]));
            text = text[(mark + 1)..];
        }
        output.Write(text);
    }
}
