namespace Diagnose.Formats.Elf;

/// <summary>A symbol on its way into the index, with what decides between aliases.</summary>
internal struct ElfSymbolCandidate
{
    private const byte GlobalRank = 2, LocalRank = 1, WeakRank = 0;

    public ulong Address;

    /// <summary>First address after the symbol; its own address while the size is unknown (0 in the table).</summary>
    public ulong End;

    /// <summary>End of the section that holds the symbol.</summary>
    public ulong Limit;
    public uint NameAt;
    public byte BindingRank;
    public ElfSymbolSource Source;

    public readonly bool HasSize => End > Address;

    /// <summary>
    /// perf shows a local name rather than a weak one: of the names that glibc gives to write() it is __GI___libc_write.
    /// </summary>
    public static byte RankOf(byte binding) => binding switch
    {
        ElfSymbolEntry.Global or ElfSymbolEntry.GnuUnique => GlobalRank,
        ElfSymbolEntry.Weak => WeakRank,
        _ => LocalRank,
    };

    /// <summary>Among equal names of different functions a linker takes the global one, and knows no local one.</summary>
    public readonly byte LinkRank => BindingRank switch
    {
        GlobalRank => 2,
        WeakRank => 1,
        _ => 0,
    };

    /// <summary>Decodes a table entry that names code; false for all others.</summary>
    public static bool TryFrom(
        scoped in ElfImage image, scoped in ElfSymbolTable table, scoped in ElfSymbolEntry entry, ElfSymbolSource source, out ElfSymbolCandidate candidate)
    {
        candidate = default;
        if (entry.Type is not (ElfSymbolEntry.Function or ElfSymbolEntry.GnuIndirectFunction or ElfSymbolEntry.NoType)
            || entry.Section == ElfSymbolEntry.Undefined || entry.Name == 0 || entry.Name >= (uint)table.Names.Length
            || table.Names[(int)entry.Name] == 0)
            return false;

        var section = !entry.IsInNoSection && entry.Section < (uint)image.SectionCount ? image.Section((int)entry.Section) : default;
        if (entry.Type == ElfSymbolEntry.NoType
            && (!section.IsExecutable || IsMapping(image.Machine, table.Names[(int)entry.Name..])))
            return false;

        var address = entry.Value;
        if (image.Machine == ElfMachine.Arm && entry.Type != ElfSymbolEntry.NoType)
            address &= ~1ul; // bit 0 marks Thumb code
        var limit = section.Covers(address) ? section.Address + section.Size : 0;
        if (limit < address)
            limit = 0; // no section, or one that wraps around the address space
        if (entry.Size == 0 && limit == 0)
            return false; // nothing says where it ends

        var end = address + Math.Min(entry.Size, ulong.MaxValue - address);
        candidate = new()
        {
            Address = address,
            End = limit != 0 ? Math.Min(end, limit) : end,
            Limit = limit,
            NameAt = (uint)table.NamesAt + entry.Name,
            BindingRank = RankOf(entry.Binding),
            Source = source,
        };
        return true;
    }

    /// <summary>
    /// Which of two names at one address to show: as perf's choose_best_symbol does, a sized one before one without size,
    /// global before local before weak, fewer leading underscores, longer; then bytewise, so that equal files give equal
    /// reports. The table of the linker comes before the dynamic one, so a whole .symtab alone decides, as in perf.
    /// </summary>
    public static bool IsBetter(scoped in ElfSymbolCandidate a, scoped in ElfSymbolCandidate b, scoped in ElfSymbolNames names)
    {
        if (a.HasSize != b.HasSize)
            return a.HasSize;
        if (a.BindingRank != b.BindingRank)
            return a.BindingRank > b.BindingRank;
        if (a.Source != b.Source)
            return a.Source < b.Source;
        return a.NameAt != b.NameAt && IsBetterName(names.At(a.Source, a.NameAt), names.At(b.Source, b.NameAt));
    }

    internal static bool IsBetterName(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var underscores = LeadingUnderscores(a) - LeadingUnderscores(b);
        if (underscores != 0)
            return underscores < 0;
        return a.Length != b.Length ? a.Length > b.Length : a.SequenceCompareTo(b) < 0;
    }

    private static int LeadingUnderscores(ReadOnlySpan<byte> name)
    {
        var first = name.IndexOfAnyExcept((byte)'_');
        return first < 0 ? name.Length : first;
    }

    /// <summary>Marks of code and data inside a section ("$x", "$d.12"), which the ABIs of these machines define.</summary>
    private static bool IsMapping(ElfMachine machine, ReadOnlySpan<byte> name) =>
        machine is ElfMachine.Arm or ElfMachine.AArch64 or ElfMachine.RiscV
        && name is [(byte)'$', (byte)'a' or (byte)'t' or (byte)'d' or (byte)'x', ..]
        && (machine == ElfMachine.RiscV || name is [_, _, 0 or (byte)'.', ..]);
}

/// <summary>Where the names of an index lie: in the file, or for the PLT in the index's own buffer.</summary>
internal readonly ref struct ElfSymbolNames(ReadOnlySpan<byte> file, ReadOnlySpan<byte> plt)
{
    private readonly ReadOnlySpan<byte> _file = file;
    private readonly ReadOnlySpan<byte> _plt = plt;

    public ReadOnlySpan<byte> At(ElfSymbolSource source, uint nameAt)
    {
        var names = source == ElfSymbolSource.Plt ? _plt : _file;
        return nameAt < (uint)names.Length ? ElfStrings.At(names, (int)nameAt) : [];
    }
}
