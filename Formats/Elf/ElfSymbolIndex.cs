using System.Runtime.InteropServices;

namespace Diagnose.Formats.Elf;

/// <summary>
/// The code symbols of one ELF file, sorted for lookup by address. It keeps 24 bytes a symbol and no name: names are read
/// from the file's bytes, which the caller keeps mapped.
/// </summary>
public sealed class ElfSymbolIndex
{
    /// <summary>Enclosing symbols looked at for one address; real code nests a few deep, a hostile file may nest a million.</summary>
    private const int MaxNesting = 256;

    private readonly Entry[] _entries;
    private readonly byte[] _pltNames;

    internal ElfSymbolIndex(Entry[] entries, byte[] pltNames)
    {
        _entries = entries;
        _pltNames = pltNames;
    }

    /// <summary>Symbols kept, aliases of one address counted once.</summary>
    public int Count => _entries.Length;

    /// <summary>Bytes of memory the index holds, for a cache that bounds itself.</summary>
    public long MemoryBytes => (long)_entries.Length * Marshal.SizeOf<Entry>() + _pltNames.Length;

    /// <summary>
    /// Reads .symtab and .dynsym and names the PLT (x86-64). A table that is missing or damaged gives no symbols. A relocatable
    /// file (a .o, a kernel module) gives none at all: its sections have no addresses yet.
    /// </summary>
    public static ElfSymbolIndex Build(scoped in ElfImage image) => new ElfSymbolIndexBuilder().Build(image);

    /// <summary>The symbol at a position in address order.</summary>
    public ElfSymbol this[int index] => _entries[index].Symbol;

    /// <summary>
    /// The symbol that covers the address, the innermost one if several do. Addresses are the file's own, without load bias:
    /// see <see cref="ElfImage.TryAddressOfOffset"/>.
    /// </summary>
    public bool TryFind(ulong address, out ElfSymbol symbol)
    {
        var i = LastAtOrBefore(address);
        for (var depth = 0; i >= 0 && depth < MaxNesting; depth++)
        {
            ref readonly var entry = ref _entries[i];
            if (address - entry.Address < entry.Size)
            {
                symbol = entry.Symbol;
                return true;
            }

            i = entry.Enclosing;
        }

        symbol = default;
        return false;
    }

    /// <summary>The symbol's name, read from the bytes of the file the index was built from.</summary>
    public ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> file, scoped in ElfSymbol symbol) =>
        new ElfSymbolNames(file, _pltNames).At(symbol.Source, symbol.NameAt);

    /// <inheritdoc cref="NameOf(ReadOnlySpan{byte}, in ElfSymbol)"/>
    public ReadOnlySpan<byte> NameOf(scoped in ElfImage image, scoped in ElfSymbol symbol) => NameOf(image.File, symbol);

    /// <summary>
    /// Finds a function by its name straight in the tables, as a uprobe needs it once. Among equal names (static functions
    /// of several files) a global one wins, then the first; .symtab is asked before .dynsym. Of a versioned name it is the
    /// default version, the one a program linked now would call.
    /// </summary>
    public static bool TryFindByName(scoped in ElfImage image, ReadOnlySpan<byte> name, out ElfSymbol symbol)
    {
        symbol = default;
        if (name.IsEmpty || image.Type == ElfType.Relocatable)
            return false;
        var bestRank = -1;
        foreach (var (type, source) in ElfSymbolIndexBuilder.Tables)
        {
            if (!ElfSymbolTable.TryOpen(image, type, out var table))
                continue;
            for (var i = 1; i < table.Count; i++)
            {
                var entry = table[i];
                if (!table.IsNamed(entry, name) || !ElfSymbolCandidate.TryFrom(image, table, entry, source, out var candidate))
                    continue;
                var rank = table.IsOldVersion(i) ? 0 : 1 + candidate.LinkRank;
                if (rank <= bestRank)
                    continue;
                bestRank = rank;
                symbol = new(candidate.Address, SizeOf(candidate.Address, candidate.End), source, candidate.NameAt);
            }
        }

        return bestRank >= 0;
    }

    internal static uint SizeOf(ulong start, ulong end) => (uint)Math.Min(end - start, uint.MaxValue);

    private int LastAtOrBefore(ulong address)
    {
        int low = 0, high = _entries.Length;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if (_entries[middle].Address <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }

    /// <summary>24 bytes a symbol, sorted by address, the longer of two at one address first.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Entry
    {
        public ulong Address;
        public uint Size;
        public uint NameAt;

        /// <summary>The nearest entry before this one that ends after it, or -1: the next to ask when this one is too short.</summary>
        public int Enclosing;
        public ElfSymbolSource Source;

        public readonly ulong End => Address + Size;
        public readonly ElfSymbol Symbol => new(Address, Size, Source, NameAt);
    }
}
