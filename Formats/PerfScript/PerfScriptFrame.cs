using System.Buffers;
using System.Buffers.Text;

namespace Diagnose.Formats.PerfScript;

/// <summary>One frame as <c>perf script</c> prints it, <c>ADDRESS NAME+0xOFFSET (DSO)</c>, taken apart.</summary>
public readonly ref struct PerfScriptFrame
{
    /// <summary>What stands for the address of a frame that was printed without one, as in the text report.</summary>
    public const ulong NoAddress = 0xffffffffffffff;

    /// <summary>perf aligns addresses to the right in as many columns.</summary>
    internal const int AddressWidth = 16;

    private static readonly SearchValues<byte> s_hexDigits = SearchValues.Create("0123456789abcdef"u8);

    private PerfScriptFrame(ulong address, ReadOnlySpan<byte> name, ulong? offset, ReadOnlySpan<byte> dso, bool isInlined)
    {
        Address = address;
        Name = name;
        Offset = offset;
        Dso = dso;
        IsInlined = isInlined;
    }

    /// <summary>
    /// The address as printed: for frames of the kernel where they lay in memory, for those of files their offset in the
    /// file (perf 5.19 and later, callchains) or where they lay (before, and hits without a callchain).
    /// </summary>
    public ulong Address { get; }

    /// <summary>The symbol without its offset; empty where perf found none.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>How far behind the symbol's start the address lies; null where it is not printed.</summary>
    public ulong? Offset { get; }

    /// <summary>What stands in the parentheses at the end; empty where there are none.</summary>
    public ReadOnlySpan<byte> Dso { get; }

    /// <summary>A function that the compiler put into the one of the next frame with a DSO; it has none itself.</summary>
    public bool IsInlined { get; }

    /// <summary>Reads a frame line, without its line end; false when it says neither an address nor a name, or is cut.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out PerfScriptFrame frame)
    {
        frame = default;
        int blanks = line.IndexOfAnyExcept(" \t"u8);
        if (blanks < 0)
            return false;
        // The column that an address ends in tells it from a name such as "add".
        int column = line.LastIndexOf((byte)'\t') is var tab && tab < blanks ? blanks - tab - 1 : blanks;
        ReadOnlySpan<byte> rest = line[blanks..].TrimEnd(" \t\r"u8);
        bool hasAddress = TryTakeAddress(ref rest, column, out ulong address);
        if (!hasAddress)
            address = NoAddress;

        if (rest.EndsWith(" (inlined)"u8))
            return TryName(address, rest[..^" (inlined)".Length], default, true, out frame);
        if (rest is not [.., (byte)')'])
            // With a DSO begun and not ended, the line is cut. Without DSO and address, it must at least have a name.
            return (hasAddress || !rest.IsEmpty) && FindOffset(rest) < 0 && TryName(address, rest, default, false, out frame);
        int open = FindDso(rest);
        if (open < 0)
            return TryName(address, rest, default, false, out frame);
        ReadOnlySpan<byte> name = rest[..open].TrimEnd((byte)' ');
        ReadOnlySpan<byte> dso = rest[(open + 1)..^1];
        return (hasAddress || !name.IsEmpty) && TryName(address, name, WithoutOffset(dso), false, out frame);
    }

    private static bool TryName(ulong address, ReadOnlySpan<byte> name, ReadOnlySpan<byte> dso, bool isInlined, out PerfScriptFrame frame)
    {
        ulong? offset = null;
        if (name.LastIndexOf("+0x"u8) is var plus and > 0 && TryParseHex(name[(plus + 3)..], out ulong behind))
        {
            offset = behind;
            name = name[..plus];
        }

        if (name.SequenceEqual("[unknown]"u8) || (name.StartsWith("[0x"u8) && name[^1] == ']'))
            name = default;
        frame = new PerfScriptFrame(address, name, offset, dso, isInlined);
        return true;
    }

    /// <summary>Takes the address and the blanks behind it off the start.</summary>
    private static bool TryTakeAddress(ref ReadOnlySpan<byte> rest, int column, out ulong address)
    {
        int end = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = end < 0 ? rest : rest[..end];
        if (!TryParseHex(word, out address))
            return false;
        ReadOnlySpan<byte> behind = end < 0 ? default : rest[end..].TrimStart((byte)' ');
        // Blanks may have been lost on the way here; but "add (libc.so.6)" is a name then.
        bool isAligned = column + word.Length >= AddressWidth;
        if (!isAligned && (behind.IsEmpty || behind[0] == '('))
            return false;
        rest = behind;
        return true;
    }

    internal static bool TryParseHex(ReadOnlySpan<byte> word, out ulong value)
    {
        value = 0;
        return word.Length is > 0 and <= 16 && Utf8Parser.TryParse(word, out value, out int used, 'x') && used == word.Length;
    }

    /// <summary>
    /// Where the parenthesis before the DSO is. Names of C++ and Rust hold parentheses and blanks, and paths may: an
    /// offset or <c>[unknown]</c> ends the name for sure; otherwise the last balanced pair is the DSO.
    /// </summary>
    private static int FindDso(ReadOnlySpan<byte> rest)
    {
        if (rest.StartsWith("(/"u8) || rest.StartsWith("(["u8))
            return 0;
        if (rest.StartsWith("[unknown] ("u8))
            return "[unknown] ".Length;
        if (FindOffset(rest) is var offset and >= 0)
            return offset;
        int depth = 0;
        for (int i = rest.Length - 1; i >= 0; i--)
        {
            if (rest[i] == ')')
                depth++;
            else if (rest[i] == '(' && --depth == 0)
                return i == 0 || rest[i - 1] == ' ' ? i : -1;
        }

        // A path with half a pair of its own.
        return rest.LastIndexOf(" ("u8) is var last and >= 0 ? last + 1 : -1;
    }

    /// <summary>Where the parenthesis behind <c>+0xOFFSET </c> is; -1 where there is none.</summary>
    private static int FindOffset(ReadOnlySpan<byte> rest)
    {
        for (int from = 0; rest[from..].IndexOf("+0x"u8) is var found and >= 0; from += found + 3)
        {
            int digits = from + found + 3;
            int length = rest[digits..].IndexOfAnyExcept(s_hexDigits);
            if (length > 0 && rest[(digits + length)..].StartsWith(" ("u8))
                return digits + length + 1;
        }

        return -1;
    }

    /// <summary><c>-F +dsoff</c> puts the offset in the DSO behind its name.</summary>
    private static ReadOnlySpan<byte> WithoutOffset(ReadOnlySpan<byte> dso) =>
        dso.LastIndexOf("+0x"u8) is var plus and > 0 && TryParseHex(dso[(plus + 3)..], out _) ? dso[..plus] : dso;
}
