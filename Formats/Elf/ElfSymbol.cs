namespace Diagnose.Formats.Elf;

/// <summary>Which table a symbol was read from.</summary>
public enum ElfSymbolSource : byte
{
    SymTab,
    DynSym,

    /// <summary>Made from a PLT entry and the relocation of its slot, "name@plt", as readelf's and perf's users expect.</summary>
    Plt,
}

/// <summary>A code symbol: its address without load bias, its size in bytes, and where it was read. The index knows its name.</summary>
public readonly record struct ElfSymbol
{
    internal ElfSymbol(ulong address, uint size, ElfSymbolSource source, uint nameAt)
    {
        Address = address;
        Size = size;
        Source = source;
        NameAt = nameAt;
    }

    public ulong Address { get; }

    /// <summary>As the table says, but never past the section's end; for a size of 0, up to the next symbol.</summary>
    public uint Size { get; }
    public ElfSymbolSource Source { get; }

    /// <summary>File offset of the name, or its offset in the index's own names for <see cref="ElfSymbolSource.Plt"/>.</summary>
    internal uint NameAt { get; }

    /// <summary>The name in the file the symbol was read from; empty for <see cref="ElfSymbolSource.Plt"/>, whose name is not in the file.</summary>
    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> file) =>
        Source == ElfSymbolSource.Plt || NameAt >= (uint)file.Length ? [] : ElfStrings.At(file, (int)NameAt);
}
