using System.Text;
using System.Text.Encodings.Web;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Report;

/// <summary>
/// JSON that can be looked at: names keep their letters and their <c>&lt;&gt;</c>, and what would drive a terminal is escaped, as
/// <see cref="PrintableName"/> does it in text.
/// </summary>
internal sealed unsafe class TerminalSafeJson : JavaScriptEncoder
{
    public static readonly TerminalSafeJson Encoder = new();

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is '"' or '\\' || PrintableName.IsControl(unicodeScalar);

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var characters = new ReadOnlySpan<char>(text, textLength);
        for (int at = 0; at < characters.Length;)
        {
            // Half a pair is no character; the base class makes U+FFFD of it.
            if (Rune.DecodeFromUtf16(characters[at..], out Rune rune, out int length) != System.Buffers.OperationStatus.Done || WillEncode(rune.Value))
                return at;
            at += length;
        }

        return -1;
    }

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var room = new Span<char>(buffer, bufferLength);
        if (unicodeScalar is '"' or '\\')
            return room.TryWrite($"\\{(char)unicodeScalar}", out numberOfCharactersWritten);
        return WillEncode(unicodeScalar) ? room.TryWrite($"\\u{unicodeScalar:x4}", out numberOfCharactersWritten)
            : room.TryWrite($"{new Rune(unicodeScalar)}", out numberOfCharactersWritten);
    }
}
