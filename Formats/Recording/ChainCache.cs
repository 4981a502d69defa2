namespace Diagnose.Formats.Recording;

/// <summary>
/// Remembers which stack id a raw callchain came to, by a 128-bit hash of its bytes: open addressing, and forgetting
/// everything when it is full, since what is still in use comes back at once.
/// </summary>
internal sealed class ChainCache
{
    private const int MinSlots = 1 << 12;
    private const int MaxSlots = 1 << 16;

    private UInt128[] _keys = new UInt128[MinSlots];
    private int[] _stacks = new int[MinSlots];
    private int _count;

    /// <summary>The stack id, or 0 when the chain is not known.</summary>
    public int Find(UInt128 key)
    {
        int mask = _keys.Length - 1;
        for (int slot = (int)(ulong)key & mask; _stacks[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_keys[slot] == key)
                return _stacks[slot];
        }

        return 0;
    }

    public void Add(UInt128 key, int stack)
    {
        if (_count * 2 >= _keys.Length)
            MakeRoom();
        Place(key, stack);
        _count++;
    }

    private void Place(UInt128 key, int stack)
    {
        int mask = _keys.Length - 1;
        int slot = (int)(ulong)key & mask;
        while (_stacks[slot] != 0)
            slot = (slot + 1) & mask;
        _keys[slot] = key;
        _stacks[slot] = stack;
    }

    public void Clear()
    {
        Array.Clear(_stacks);
        _count = 0;
    }

    private void MakeRoom()
    {
        if (_keys.Length == MaxSlots)
        {
            Clear();
            return;
        }

        (UInt128[] keys, int[] stacks) = (_keys, _stacks);
        _keys = new UInt128[keys.Length * 2];
        _stacks = new int[keys.Length * 2];
        for (int i = 0; i < keys.Length; i++)
        {
            if (stacks[i] != 0)
                Place(keys[i], stacks[i]);
        }
    }
}
