using System.Buffers;

namespace Diagnose.Analyze.Symbols;

/// <summary>The parts of a demangled C++ name, found in its text.</summary>
internal static class DemangledName
{
    /// <summary>
    /// The qualified name of <c>[return type] name[(parameters)][ qualifiers][ [clone …]]</c>. Where the text is not
    /// shaped so, as much of it as is certain.
    /// </summary>
    public static ReadOnlySpan<byte> WithoutSignature(ReadOnlySpan<byte> full)
    {
        var text = WithoutQualifiers(WithoutClones(full));
        if (text is [.., (byte)')'])
        {
            var open = OpenOf(text);
            if (open <= 0)
                return full;
            // X::operator() without a parameter list is a name already.
            if (open + 2 != text.Length || !text[..open].EndsWith("operator"u8))
                text = text[..open];
            // A function that returns a pointer to a function: void (*name(int))(long).
            if (text is [.., (byte)')'] && OpenOf(text) is > 0 and var outer
                && text[outer + 1] is (byte)'*' or (byte)'&' && !IsConversion(text[..outer]))
            {
                var inner = text[(outer + 1)..^1].TrimStart("*& "u8);
                inner = WithoutQualifiers(inner);
                if (inner is [.., (byte)')'] && OpenOf(inner) is > 0 and var parameters)
                    return inner[..parameters];
            }
        }
        return text[NameStart(text)..];
    }

    /// <summary>Without the <c>::h</c> and 16 hexadecimal digits that end a Rust name of the legacy mangling.</summary>
    public static ReadOnlySpan<byte> WithoutRustHash(ReadOnlySpan<byte> name)
    {
        const int hashLength = 16;
        if (name.Length <= hashLength + 3 || !name[..^hashLength].EndsWith("::h"u8))
            return name;
        return name[^hashLength..].ContainsAnyExcept(HexDigits) ? name : name[..^(hashLength + 3)];
    }

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Without the notes that compilers' clones of a function carry, such as <c> [clone .cold]</c>.</summary>
    public static ReadOnlySpan<byte> WithoutClones(ReadOnlySpan<byte> text)
    {
        while (text is [.., (byte)']'] && text.LastIndexOf(" [clone "u8) is > 0 and var clone)
            text = text[..clone];
        return text;
    }

    private static ReadOnlySpan<byte> WithoutQualifiers(ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var before = text.Length;
            foreach (var qualifier in Qualifiers)
                if (text.EndsWith(qualifier))
                    text = text[..^qualifier.Length];
            if (text.Length == before)
                return text;
        }
    }

    private static readonly byte[][] Qualifiers =
        [" const"u8.ToArray(), " volatile"u8.ToArray(), " restrict"u8.ToArray(), " &&"u8.ToArray(), " &"u8.ToArray(), " noexcept"u8.ToArray()];

    /// <summary>Where the parenthesis opens that the last byte closes; -1 when none does.</summary>
    private static int OpenOf(ReadOnlySpan<byte> text)
    {
        var depth = 0;
        for (var at = text.Length - 1; at >= 0; at--)
            if (text[at] == ')')
                depth++;
            else if (text[at] == '(' && --depth == 0)
                return at;
        return -1;
    }

    private static bool IsConversion(ReadOnlySpan<byte> text) => text[NameStart(text)..].IndexOf("operator "u8) >= 0;

    /// <summary>Where the qualified name begins: after the last blank that stands in no bracket and in no operator's name.</summary>
    private static int NameStart(ReadOnlySpan<byte> text)
    {
        var start = 0;
        var depth = 0;
        for (var at = 0; at < text.Length; at++)
            switch (text[at])
            {
                case (byte)'(' or (byte)'<' or (byte)'[' or (byte)'{':
                    depth++;
                    break;
                case (byte)')' or (byte)'>' or (byte)']' or (byte)'}':
                    depth--;
                    break;
                case (byte)' ' when depth <= 0:
                    if (!IsQualifierWithin(text[at..]))
                        start = at + 1;
                    break;
                case (byte)'o' when IsOperator(text, at):
                    var after = at + "operator".Length;
                    if (depth <= 0 && text[after..] is [(byte)' ', not (byte)'<', ..])
                        // operator new, operator"" _x, operator int: the rest belongs to the name.
                        return start;
                    at = after + SymbolLength(text[after..]) - 1;
                    break;
            }
        return start;
    }

    /// <summary>Whether a qualifier of an enclosing function begins here, as in <c>f() const::local</c>.</summary>
    private static bool IsQualifierWithin(ReadOnlySpan<byte> text)
    {
        var rest = text;
        while (true)
        {
            var before = rest.Length;
            foreach (var qualifier in Qualifiers)
                if (rest.StartsWith(qualifier))
                    rest = rest[qualifier.Length..];
            if (rest.StartsWith("::"u8))
                return rest.Length < text.Length;
            if (rest.Length == before)
                return false;
        }
    }

    private static bool IsOperator(ReadOnlySpan<byte> text, int at) =>
        text[at..].StartsWith("operator"u8)
        && (at == 0 || !IsIdentifier(text[at - 1]))
        && (at + 8 >= text.Length || !IsIdentifier(text[at + 8]));

    public static bool IsIdentifier(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'$' or >= 0x80;

    /// <summary>Length of the operator's symbol where it holds brackets, with the blank that keeps it from the template's; else 0.</summary>
    private static int SymbolLength(ReadOnlySpan<byte> text)
    {
        foreach (var symbol in BracketSymbols)
            if (text.StartsWith(symbol))
                return symbol.Length + (text[symbol.Length..] is [(byte)' ', (byte)'<', ..] ? 1 : 0);
        return 0;
    }

    private static readonly byte[][] BracketSymbols =
    [
        "<=>"u8.ToArray(), "<<="u8.ToArray(), ">>="u8.ToArray(), "->*"u8.ToArray(), "<<"u8.ToArray(), ">>"u8.ToArray(),
        "<="u8.ToArray(), ">="u8.ToArray(), "->"u8.ToArray(), "<"u8.ToArray(), ">"u8.ToArray(), "()"u8.ToArray(), "[]"u8.ToArray(),
    ];
}
