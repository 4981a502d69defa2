namespace Diagnose.Analyze.Hits;

/// <summary>Counts of (context, stack) pairs: open addressing, one probe for a pair that was seen before.</summary>
public sealed class PairCounts
{
    private ulong[] _keys = new ulong[1 << 12];
    private long[] _counts = new long[1 << 12];
    private int _used;

    public int Count => _used;

    public void Add(int context, int stack, long hits)
    {
        ulong key = ((ulong)(uint)context << 32) | (uint)stack;
        int mask = _keys.Length - 1;
        int slot = Slot(key, mask);
        while (_counts[slot] != 0)
        {
            if (_keys[slot] == key)
            {
                _counts[slot] += hits;
                return;
            }

            slot = (slot + 1) & mask;
        }

        _keys[slot] = key;
        _counts[slot] = hits;
        if (++_used * 2 > _keys.Length)
            Grow();
    }

    public IEnumerable<(int Context, int Stack, long Hits)> All()
    {
        for (int slot = 0; slot < _keys.Length; slot++)
        {
            if (_counts[slot] != 0)
                yield return ((int)(_keys[slot] >> 32), (int)(uint)_keys[slot], _counts[slot]);
        }
    }

    private void Grow()
    {
        (ulong[] keys, long[] counts) = (_keys, _counts);
        _keys = new ulong[keys.Length * 2];
        _counts = new long[keys.Length * 2];
        int mask = _keys.Length - 1;
        for (int i = 0; i < keys.Length; i++)
        {
            if (counts[i] == 0)
                continue;
            int slot = Slot(keys[i], mask);
            while (_counts[slot] != 0)
                slot = (slot + 1) & mask;
            _keys[slot] = keys[i];
            _counts[slot] = counts[i];
        }
    }

    // The high half of the product is the well mixed one; 32 bits of it serve every size a table can have.
    private static int Slot(ulong key, int mask) => (int)((key * 0x9E3779B97F4A7C15) >> 32) & mask;
}
