namespace Diagnose.Formats.Elf;

/// <summary>One entry of a symbol table as it lies in the file (Elf32_Sym, Elf64_Sym), with its section index resolved.</summary>
internal readonly record struct ElfSymbolEntry(uint Name, byte Info, byte Other, uint Section, ulong Value, ulong Size)
{
    public const int Size32 = 16, Size64 = 24;
    public const byte NoType = 0, Function = 2, GnuIndirectFunction = 10; // STT_*
    public const byte Local = 0, Global = 1, Weak = 2, GnuUnique = 10; // STB_*
    public const uint Undefined = 0, Absolute = 0xfff1, Common = 0xfff2, Escape = 0xffff; // SHN_*

    public byte Type => (byte)(Info & 0xf);
    public byte Binding => (byte)(Info >> 4);

    /// <summary>The section index is one of SHN_LORESERVE and up, which names no section.</summary>
    public bool IsInNoSection { get; init; }
}

/// <summary>The .symtab or .dynsym of an image with its names (System V gABI, "Symbol Table").</summary>
internal readonly ref struct ElfSymbolTable
{
    private readonly ElfFields _entries;
    private readonly ReadOnlySpan<byte> _sectionIndexes, _versions;
    private readonly int _stride;

    private ElfSymbolTable(
        scoped in ElfFields entries, int stride, ReadOnlySpan<byte> names, int namesAt,
        ReadOnlySpan<byte> sectionIndexes, ReadOnlySpan<byte> versions)
    {
        _entries = entries;
        _stride = stride;
        _sectionIndexes = sectionIndexes;
        _versions = versions;
        Names = names;
        NamesAt = namesAt;
        Count = entries.Bytes.Length / stride;
    }

    public int Count { get; }
    public ReadOnlySpan<byte> Names { get; }

    /// <summary>File offset of <see cref="Names"/>.</summary>
    public int NamesAt { get; }

    public static bool TryOpen(scoped in ElfImage image, ElfSectionType type, out ElfSymbolTable table)
    {
        for (var i = 1; i < image.SectionCount; i++)
        {
            var section = image.Section(i);
            if (section.Type == type && TryOpen(image, section, out table))
                return true;
        }

        table = default;
        return false;
    }

    public static bool TryOpen(scoped in ElfImage image, scoped in ElfSection section, out ElfSymbolTable table)
    {
        table = default;
        var least = image.Is64 ? ElfSymbolEntry.Size64 : ElfSymbolEntry.Size32;
        var stride = section.EntrySize == 0 ? (ulong)least : section.EntrySize;
        if (stride < (ulong)least || stride > 4096 || section.IsCompressed || section.Link >= (uint)image.SectionCount)
            return false;
        var strings = image.Section((int)section.Link);
        var names = image.BytesOf(strings);
        var entries = image.BytesOf(section);
        if (strings.IsCompressed || names.IsEmpty || entries.IsEmpty)
            return false;
        table = new(
            new(entries, image.Is64, image.IsBigEndian), (int)stride, names, (int)strings.Offset,
            Companion(image, ElfSectionType.SymTabShndx, section.Index), Companion(image, ElfSectionType.GnuVersionSymbols, section.Index));
        return true;
    }

    public ElfSymbolEntry this[int index]
    {
        get
        {
            var at = index * _stride;
            uint section;
            ElfSymbolEntry entry;
            if (_entries.Is64)
            {
                section = _entries.Half(at + 6);
                entry = new(
                    _entries.Word(at), _entries.Bytes[at + 4], _entries.Bytes[at + 5], section,
                    _entries.Xword(at + 8), _entries.Xword(at + 16));
            }
            else
            {
                section = _entries.Half(at + 14);
                entry = new(
                    _entries.Word(at), _entries.Bytes[at + 12], _entries.Bytes[at + 13], section,
                    _entries.Word(at + 4), _entries.Word(at + 8));
            }

            if (section < 0xff00)
                return entry;
            if (section != ElfSymbolEntry.Escape || _sectionIndexes.Length / 4 <= index)
                return entry with { IsInNoSection = true };
            return entry with { Section = new ElfFields(_sectionIndexes, _entries.Is64, _entries.IsBigEndian).Word(index * 4) };
        }
    }

    /// <summary>Whether the entry's name is exactly this; a default version ("name@@VERSION") is taken as no version.</summary>
    public bool IsNamed(scoped in ElfSymbolEntry entry, ReadOnlySpan<byte> name)
    {
        if (entry.Name >= (uint)Names.Length)
            return false;
        var rest = Names[(int)entry.Name..];
        if (!rest.StartsWith(name))
            return false;
        rest = rest[name.Length..];
        return rest.IsEmpty || rest[0] == 0 || rest.StartsWith("@@"u8);
    }

    /// <summary>
    /// The symbol is an old version kept for old programs ("name@VERSION", not "name@@VERSION"); its name alone means another
    /// symbol (.gnu.version, Linux Standard Base, "Symbol Versioning").
    /// </summary>
    public bool IsOldVersion(int index) => _versions.Length / 2 > index
        && (new ElfFields(_versions, _entries.Is64, _entries.IsBigEndian).Half(index * 2) & 0x8000) != 0;

    /// <summary>The section with one number for each symbol of the table.</summary>
    private static ReadOnlySpan<byte> Companion(scoped in ElfImage image, ElfSectionType type, int symbolTable)
    {
        for (var i = 1; i < image.SectionCount; i++)
        {
            var section = image.Section(i);
            if (section.Type == type && section.Link == (uint)symbolTable)
                return image.BytesOf(section);
        }

        return [];
    }
}
