namespace Diagnose.Capture.Linux;

/// <summary>Numbers as the kernel prints them: digits only, no sign, no space.</summary>
internal static class Digits
{
    /// <summary>Reads text that is a decimal number from end to end.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 20) return false;
        foreach (var c in text)
        {
            var digit = (uint)c - '0';
            if (digit > 9) return false;
            var next = unchecked(value * 10 + digit);
            if (value > ulong.MaxValue / 10 || next < value * 10) return false;
            value = next;
        }

        return true;
    }

    /// <summary>Reads text that is a hexadecimal number, without 0x, from end to end.</summary>
    public static bool TryParseHex(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 16) return false;
        foreach (var c in text)
        {
            var digit = c switch
            {
                >= (byte)'0' and <= (byte)'9' => c - '0',
                >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
                _ => -1,
            };
            if (digit < 0) return false;
            value = value << 4 | (uint)digit;
        }

        return true;
    }

    /// <summary>Takes what comes before <paramref name="separator"/> (or all) from the front of <paramref name="text"/>.</summary>
    public static ReadOnlySpan<byte> TakeUntil(scoped ref ReadOnlySpan<byte> text, byte separator)
    {
        var at = text.IndexOf(separator);
        var taken = at < 0 ? text : text[..at];
        text = at < 0 ? default : text[(at + 1)..];
        return taken;
    }
}
