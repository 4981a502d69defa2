using System.Buffers;
using System.Text;

namespace Diagnose.Formats.Report;

/// <summary>
/// A name as it came from a process (any bytes at all) written so that it stays on its line and cannot drive a terminal:
/// control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls, noncharacters and bytes that
/// are not UTF-8 become <c>\xhh</c>, byte by byte. All other text, the backslash too, is written as it is, so a name
/// that is already printable does not change when it passes through again.
/// </summary>
public static class PrintableName
{
    /// <summary>Most bytes that <paramref name="length"/> raw bytes can become.</summary>
    public static int MaxLength(int length) => checked(length * 4);

    /// <summary>Whether <see cref="Write(ReadOnlySpan{byte}, Span{byte})"/> would copy the name unchanged.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> name)
    {
        var at = name.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e);
        while (at >= 0)
        {
            name = name[at..];
            if (!IsPrintable(name, out var size))
                return false;
            name = name[size..];
            at = name.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e);
        }
        return true;
    }

    /// <summary>Writes the name; returns the bytes written, at most <see cref="MaxLength"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="output"/> is too short.</exception>
    public static int Write(ReadOnlySpan<byte> name, Span<byte> output)
    {
        var written = 0;
        while (true)
        {
            var plain = name.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e);
            if (plain < 0)
            {
                name.CopyTo(output[written..]);
                return written + name.Length;
            }
            name[..plain].CopyTo(output[written..]);
            written += plain;
            name = name[plain..];
            var printable = IsPrintable(name, out var size);
            foreach (var value in name[..size])
                if (printable)
                    output[written++] = value;
                else
                    written += Escape(value, output[written..]);
            name = name[size..];
        }
    }

    /// <inheritdoc cref="Write(ReadOnlySpan{byte}, Span{byte})"/>
    public static void Write(ReadOnlySpan<byte> name, IBufferWriter<byte> output) =>
        output.Advance(Write(name, output.GetSpan(MaxLength(name.Length) + 1)));

    /// <summary>Whether the character at the start of <paramref name="text"/> is printable, and its size in bytes (1 for a byte that is not UTF-8).</summary>
    private static bool IsPrintable(ReadOnlySpan<byte> text, out int size)
    {
        if (Rune.DecodeFromUtf8(text, out var rune, out size) == OperationStatus.Done)
            return !IsControl(rune.Value);
        size = 1;
        return false;
    }

    /// <summary>Whether a character would drive a terminal, or is none.</summary>
    internal static bool IsControl(int value) => value
        is < 0x20
        or (>= 0x7f and <= 0x9f)
        or 0x061c                       // Arabic letter mark
        or 0x200e or 0x200f             // left-to-right and right-to-left marks
        or 0x2028 or 0x2029             // line and paragraph separators
        or (>= 0x202a and <= 0x202e)    // embeddings and overrides
        or (>= 0x2066 and <= 0x2069)    // isolates
        or 0xfffe or 0xffff;            // not characters, and not allowed in XML

    private static int Escape(byte value, Span<byte> output)
    {
        output[3] = HexDigit(value & 15);
        output[0] = (byte)'\\';
        output[1] = (byte)'x';
        output[2] = HexDigit(value >> 4);
        return 4;
    }

    private static byte HexDigit(int value) => "0123456789abcdef"u8[value];
}
