namespace Diagnose.Formats.Elf;

/// <summary>Names in a string table (System V gABI, "String Table").</summary>
internal static class ElfStrings
{
    /// <summary>Names are cut here, so that a table without NULs cannot make each of a million symbols scan all of it.</summary>
    public const int MaxName = 1 << 16;

    /// <summary>The name at an offset inside the table, up to its NUL, the table's end, or <see cref="MaxName"/>.</summary>
    public static ReadOnlySpan<byte> At(ReadOnlySpan<byte> table, int offset)
    {
        var rest = table[offset..];
        if (rest.Length > MaxName)
            rest = rest[..MaxName];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }
}
