namespace Diagnose.Formats.Report;

/// <summary>A frame line (<c>#@</c>, <c>#~</c>, <c>#*</c> or <c>#^</c>) taken apart.</summary>
public readonly ref struct ReportFrame
{
    /// <summary>Longest line that is read, bytes.</summary>
    public const int MaxLineLength = 64 << 10;

    private ReportFrame(ulong address, ReadOnlySpan<byte> name, ReadOnlySpan<byte> module)
    {
        Address = address;
        Name = name;
        Module = module;
    }

    /// <summary>Address; 0xffffffffffffff where the text stands for a name without one.</summary>
    public ulong Address { get; }

    /// <summary>Symbol or comm as printed, <c>UNKNOWN</c> where there was none.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Module's name without brackets; empty for the kernel itself and for everything that is not a kernel frame.</summary>
    public ReadOnlySpan<byte> Module { get; }

    /// <summary>Whether the name stands for none.</summary>
    public bool IsUnknown => Name.SequenceEqual(ReportGrammar.UnknownName);

    /// <summary>Reads a frame line without its line end; on failure <paramref name="reason"/> says why.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ReportFrame frame, out string reason)
    {
        frame = default;
        if (!TrySplit(line, out var address, out var rest, out reason))
            return false;
        return TryParseRest(ReportLine.KindOf(line), address, rest, out frame, out reason);
    }

    /// <summary>
    /// Cuts a frame line after its address. The rest alone decides the names, so a reader can remember what a rest
    /// became and take no other line with the same rest apart.
    /// </summary>
    public static bool TrySplit(ReadOnlySpan<byte> line, out ulong address, out ReadOnlySpan<byte> rest, out string reason)
    {
        address = 0;
        rest = default;
        reason = "";
        if (line.Length > MaxLineLength)
        {
            reason = "frame line longer than 65536 bytes";
            return false;
        }
        var at = 2;
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
            at++;
        if (at + 1 >= line.Length || line[at] != '0' || line[at + 1] != 'x')
        {
            reason = "frame line has no 0x address";
            return false;
        }
        var first = at += 2;
        while (at < line.Length && HexValues[line[at]] is < 16 and var digit)
        {
            address = address << 4 | digit;
            at++;
        }
        if (at == first || at - first > 16)
        {
            reason = "frame line's address is not a 64-bit hexadecimal number";
            return false;
        }
        rest = line[at..];
        if (rest is [(byte)' ' or (byte)'\t', _, ..])
            return true;
        reason = "frame line has no name after its address";
        return false;
    }

    /// <summary>Reads the names in what <see cref="TrySplit"/> left.</summary>
    public static bool TryParseRest(
        ReportLineKind kind, ulong address, ReadOnlySpan<byte> rest, out ReportFrame frame, out string reason)
    {
        frame = default;
        var name = WithoutSource(rest[1..]);
        ReadOnlySpan<byte> module = default;
        // A symbol has no blanks at its ends; a comm may have.
        if (kind is ReportLineKind.Kernel or ReportLineKind.User)
            name = SkipBlanks(TrimEnd(name));
        if (kind == ReportLineKind.Kernel && name is [.., (byte)']'])
        {
            var open = name.LastIndexOf((byte)'[');
            if (open > 0 && name[open - 1] is (byte)' ' or (byte)'\t')
            {
                module = name[(open + 1)..^1];
                name = TrimEnd(name[..open]);
            }
        }
        if (name.IsEmpty)
        {
            reason = "frame line's name is empty";
            return false;
        }
        frame = new ReportFrame(address, name, module);
        reason = "";
        return true;
    }

    /// <summary>
    /// The name without where it came from: a last word in parentheses, such as <c>([symbol])</c>. Taken from the right,
    /// since names hold blanks and parentheses of their own; a word with a blank in it belongs to the name.
    /// </summary>
    private static ReadOnlySpan<byte> WithoutSource(ReadOnlySpan<byte> text)
    {
        var trimmed = TrimEnd(text);
        if (trimmed is not [.., (byte)')'])
            return text;
        var blank = trimmed.LastIndexOfAny((byte)' ', (byte)'\t');
        return blank >= 0 && trimmed[blank + 1] == '(' ? trimmed[..blank] : text;
    }

    /// <summary>For each byte its value as a hexadecimal digit, or 255.</summary>
    private static readonly byte[] HexValues = MakeHexValues();

    private static byte[] MakeHexValues()
    {
        var values = new byte[256];
        for (var value = 0; value < values.Length; value++)
            values[value] = char.IsAsciiHexDigit((char)value) ? Convert.ToByte(((char)value).ToString(), 16) : byte.MaxValue;
        return values;
    }

    private static ReadOnlySpan<byte> SkipBlanks(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);

    private static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text) => text.TrimEnd(" \t"u8);
}
