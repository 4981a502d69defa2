using System.IO.Hashing;

namespace Diagnose.Formats.Trace;

/// <summary>
/// Gives equal byte strings equal numbers, counted from 1, and keeps them in one growing array: open addressing, no
/// object per string.
/// </summary>
public sealed class ByteInterner
{
    // Names come from the processes that are watched: with a seed of our own nobody can choose names that collide.
    // Nothing that is written depends on the hash, so nobody learns the seed; RandomNumberGenerator would look for
    // OpenSSL, which crashes a statically linked program.
    private readonly long _seed = Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    private int[] _slots = new int[256];
    private (int Start, int Length, uint Hash)[] _entries = new (int, int, uint)[128];
    private byte[] _bytes = new byte[4096];
    private int _count;
    private int _used;

    public int Count => _count;

    /// <summary>About how much memory it takes.</summary>
    public long Bytes => _bytes.Length + sizeof(int) * (long)_slots.Length + 12L * _entries.Length;

    /// <summary>The string with a number that <see cref="Intern"/> gave.</summary>
    public ReadOnlySpan<byte> this[int number]
    {
        get
        {
            ref readonly (int Start, int Length, uint Hash) entry = ref _entries[number - 1];
            return _bytes.AsSpan(entry.Start, entry.Length);
        }
    }

    public int Intern(ReadOnlySpan<byte> value, out bool isNew)
    {
        uint hash = (uint)XxHash3.HashToUInt64(value, _seed);
        int mask = _slots.Length - 1;
        int slot = (int)hash & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            int number = _slots[slot];
            if (_entries[number - 1].Hash == hash && this[number].SequenceEqual(value))
            {
                isNew = false;
                return number;
            }
        }

        isNew = true;
        return Add(value, hash, slot);
    }

    private int Add(ReadOnlySpan<byte> value, uint hash, int slot)
    {
        if (_used + value.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(checked(_used + value.Length), _bytes.Length * 2));
        if (_count == _entries.Length)
            Array.Resize(ref _entries, _count * 2);
        value.CopyTo(_bytes.AsSpan(_used));
        _entries[_count] = (_used, value.Length, hash);
        _used += value.Length;
        _slots[slot] = ++_count;
        if (_count * 2 > _slots.Length)
            Grow();
        return _count;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        int mask = _slots.Length - 1;
        for (int number = 1; number <= _count; number++)
        {
            int slot = (int)_entries[number - 1].Hash & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = number;
        }
    }
}
