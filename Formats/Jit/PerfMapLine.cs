namespace Diagnose.Formats.Jit;

/// <summary>One line of a perf map, taken apart. Some runtimes write "0x" before the numbers.</summary>
internal readonly ref struct PerfMapLine
{
    public ulong Start { get; private init; }
    public uint Size { get; private init; }
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>Where the name starts in the line.</summary>
    public int NameAt { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> line, out PerfMapLine parsed)
    {
        parsed = default;
        if (line is [.. var unix, (byte)'\r'])
            line = unix;
        var length = line.Length;
        if (!TryHex(ref line, out var start) || !TryHex(ref line, out var size) || line.IsEmpty
            || size is 0 or > uint.MaxValue || start > ulong.MaxValue - size)
            return false;
        parsed = new() { Start = start, Size = (uint)size, Name = line, NameAt = length - line.Length };
        return true;
    }

    /// <summary>Reads a number and the one space that must follow it.</summary>
    private static bool TryHex(ref ReadOnlySpan<byte> line, out ulong value)
    {
        value = 0;
        if (line is [(byte)'0', (byte)'x' or (byte)'X', ..])
            line = line[2..];
        var digits = 0;
        for (; digits < line.Length && char.IsAsciiHexDigit((char)line[digits]); digits++)
        {
            if (value >> 60 != 0)
                return false;
            var letter = line[digits];
            value = value << 4 | (uint)(letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10);
        }

        if (digits == 0 || digits >= line.Length || line[digits] != ' ')
            return false;
        line = line[(digits + 1)..];
        return true;
    }
}
