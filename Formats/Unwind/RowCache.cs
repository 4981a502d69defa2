using System.Numerics;

namespace Diagnose.Formats.Unwind;

/// <summary>
/// Rows by module and address, in pairs of places: a new row takes the place of the older one of its pair. Its size never
/// changes.
/// </summary>
internal sealed class RowCache
{
    private struct Entry
    {
        public ulong Address;
        public uint Module;
        public CompactRow Row;
    }

    private readonly Entry[] _entries;
    private readonly int _shift;

    /// <param name="rows">How many it can hold; rounded up to a power of two.</param>
    public RowCache(int rows)
    {
        int pairs = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(rows, 4)) / 2;
        _shift = 64 - BitOperations.Log2((uint)pairs);
        _entries = new Entry[pairs * 2];
    }

    public int Count => _entries.Length;

    /// <param name="module">Number of an <see cref="UnwindTable"/>, which is never 0.</param>
    public bool TryFind(uint module, ulong address, out CompactRow row)
    {
        int pair = PairOf(module, address);
        ref readonly Entry entry = ref _entries[pair];
        if (entry.Address != address || entry.Module != module)
            entry = ref _entries[pair + 1];
        row = entry.Row;
        return entry.Address == address && entry.Module == module;
    }

    public void Add(uint module, ulong address, in CompactRow row)
    {
        int pair = PairOf(module, address);
        _entries[pair + 1] = _entries[pair];
        _entries[pair] = new Entry { Address = address, Module = module, Row = row };
    }

    private int PairOf(uint module, ulong address) =>
        (int)(((address ^ ((ulong)module << 40)) * 0x9e3779b97f4a7c15) >> _shift) * 2;
}
