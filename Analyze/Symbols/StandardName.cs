namespace Diagnose.Analyze.Symbols;

/// <summary>
/// The four standard types that the mangling abbreviates (Ss, Si, So, Sd). The ABI's demangler shows their short names,
/// <c>c++filt</c> what they stand for; the second also is what the same type is called where it is not abbreviated.
/// </summary>
internal static class StandardName
{
    private static readonly (byte[] Short, byte[] Full)[] Names =
    [
        ("std::string"u8.ToArray(), "std::basic_string<char, std::char_traits<char>, std::allocator<char> >"u8.ToArray()),
        ("std::istream"u8.ToArray(), "std::basic_istream<char, std::char_traits<char> >"u8.ToArray()),
        ("std::ostream"u8.ToArray(), "std::basic_ostream<char, std::char_traits<char> >"u8.ToArray()),
        ("std::iostream"u8.ToArray(), "std::basic_iostream<char, std::char_traits<char> >"u8.ToArray()),
    ];

    /// <summary>Writes the name with short standard names in full, as far as there is room; returns the bytes written.</summary>
    public static int Expand(ReadOnlySpan<byte> name, Span<byte> output)
    {
        var written = 0;
        for (var at = 0; at < name.Length && written < output.Length;)
        {
            var next = name[at..].IndexOf("std::"u8);
            if (next != 0)
            {
                var plain = name.Slice(at, Math.Min(next < 0 ? name.Length - at : next, output.Length - written));
                plain.CopyTo(output[written..]);
                written += plain.Length;
                at += plain.Length;
                continue;
            }
            var (from, to) = ShortAt(name, at) is >= 0 and var found ? Names[found] : (Prefix, Prefix);
            var part = to.AsSpan(0, Math.Min(to.Length, output.Length - written));
            part.CopyTo(output[written..]);
            written += part.Length;
            at += from.Length;
            // The demangler keeps two closing brackets apart.
            if (from != to && at < name.Length && name[at] == '>' && written < output.Length)
                output[written++] = (byte)' ';
        }
        return written;
    }

    private static readonly byte[] Prefix = "std::"u8.ToArray();

    private static int ShortAt(ReadOnlySpan<byte> name, int at)
    {
        if (at > 0 && (DemangledName.IsIdentifier(name[at - 1]) || name[at - 1] == ':'))
            return -1;
        for (var found = 0; found < Names.Length; found++)
        {
            var text = Names[found].Short;
            if (name[at..].StartsWith(text) && (at + text.Length == name.Length || !DemangledName.IsIdentifier(name[at + text.Length])))
                return found;
        }
        return -1;
    }
}
