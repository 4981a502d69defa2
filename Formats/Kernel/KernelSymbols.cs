namespace Diagnose.Formats.Kernel;

/// <summary>
/// The text symbols of /proc/kallsyms (kernel/kallsyms.c), sorted for lookup by address. Made by
/// <see cref="KernelSymbolsBuilder"/>; it never changes, so threads can share it.
/// </summary>
public sealed class KernelSymbols
{
    private readonly ulong[] _starts;
    private readonly Entry[] _entries;
    private readonly byte[] _names;
    private readonly byte[][] _modules;

    internal KernelSymbols(ulong[] starts, Entry[] entries, byte[] names, byte[][] modules)
    {
        _starts = starts;
        _entries = entries;
        _names = names;
        _modules = modules;
    }

    /// <summary>Text symbols, aliases of one address included.</summary>
    public int Count => _starts.Length;

    /// <summary>
    /// The kernel showed every address as 0, as kptr_restrict and a missing CAP_SYSLOG make it do. Then there are no symbols.
    /// </summary>
    public bool AddressesHidden { get; internal init; }

    /// <summary>Lines that were not of the form "address type name [module]".</summary>
    public int MalformedLines { get; internal init; }

    /// <summary>Bytes of memory held.</summary>
    public long MemoryBytes => (long)Count * (sizeof(ulong) + 12) + _names.Length;

    /// <summary>The symbol at a position in address order; of several at one address the preferred name is the last.</summary>
    public KernelSymbol this[int index]
    {
        get
        {
            ref readonly var entry = ref _entries[index];
            var start = _starts[index];
            return new(start, start + entry.Size, NameOf(entry), _modules[entry.Module]);
        }
    }

    /// <summary>The function that covers the address.</summary>
    public bool TryFind(ulong address, out KernelSymbol symbol)
    {
        // Array.BinarySearch may land on any of several equal starts, and the preferred alias is the last of them.
        int low = 0, high = _starts.Length;
        while (low < high)
        {
            var middle = (int)((uint)(low + high) >> 1);
            if (_starts[middle] <= address)
                low = middle + 1;
            else
                high = middle;
        }

        if (low > 0 && address - _starts[low - 1] < _entries[low - 1].Size)
        {
            symbol = this[low - 1];
            return true;
        }

        symbol = default;
        return false;
    }

    /// <summary>The address of a text symbol such as "_text", aliases included; a core kernel symbol before a module's.</summary>
    public bool TryFindAddress(ReadOnlySpan<byte> name, out ulong address) =>
        TryFindAddress(name, [], out address) || TryFindAddress(name, default, anyModule: true, out address);

    /// <summary>The same within one module; an empty module name stands for the core kernel. The lowest address wins.</summary>
    public bool TryFindAddress(ReadOnlySpan<byte> name, ReadOnlySpan<byte> module, out ulong address) =>
        TryFindAddress(name, module, anyModule: false, out address);

    private bool TryFindAddress(ReadOnlySpan<byte> name, ReadOnlySpan<byte> module, bool anyModule, out ulong address)
    {
        for (var i = 0; i < _entries.Length; i++)
        {
            ref readonly var entry = ref _entries[i];
            if (entry.NameLength != name.Length || !NameOf(entry).SequenceEqual(name)
                || !(anyModule || module.SequenceEqual(_modules[entry.Module])))
                continue;
            address = _starts[i];
            return true;
        }

        address = 0;
        return false;
    }

    private ReadOnlySpan<byte> NameOf(in Entry entry) => _names.AsSpan((int)entry.NameAt, entry.NameLength);

    /// <summary>12 bytes a symbol, beside its start.</summary>
    internal struct Entry
    {
        public uint Size;
        public uint NameAt;
        public ushort NameLength;
        public ushort Module;
    }
}
