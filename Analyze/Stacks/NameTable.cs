using System.IO.Hashing;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Distinct byte strings, numbered from 0 in the order they came. All bytes lie in one array; a lookup is a hash, a
/// probe and a comparison.
/// </summary>
public sealed class NameTable
{
    // Names come from the machine that was watched: with a seed of our own nobody can choose names that collide.
    // Nothing that is written depends on the hash. Not from the cryptographic generator, which needs OpenSSL's library
    // where the command runs.
    private readonly long _seed = Random.Shared.NextInt64(long.MinValue, long.MaxValue);

    private byte[] _bytes = new byte[4096];
    private int[] _ends = new int[256];
    private uint[] _hashes = new uint[256];
    private int[] _slots = new int[512];

    /// <summary>How many names there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many bytes the names take together.</summary>
    public int Length => Count == 0 ? 0 : _ends[Count - 1];

    /// <summary>The bytes of a name.</summary>
    public ReadOnlySpan<byte> this[int name]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)name, (uint)Count);
            var start = name == 0 ? 0 : _ends[name - 1];
            return _bytes.AsSpan(start, _ends[name] - start);
        }
    }

    /// <summary>The number of <paramref name="name"/>, given to it now if it has none.</summary>
    /// <exception cref="InvalidDataException">All names together would pass 2 GiB.</exception>
    public int Intern(ReadOnlySpan<byte> name)
    {
        var hash = (uint)XxHash3.HashToUInt64(name, _seed);
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        while (_slots[slot] is not 0 and var taken)
        {
            var found = taken - 1;
            if (_hashes[found] == hash && this[found].SequenceEqual(name))
                return found;
            slot = (slot + 1) & mask;
        }
        return Add(name, hash, slot);
    }

    /// <summary>Forgets all names, keeping the room for new ones.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Count = 0;
    }

    private int Add(ReadOnlySpan<byte> name, uint hash, int slot)
    {
        var start = Length;
        if (name.Length > Array.MaxLength - start)
            throw new InvalidDataException("the distinct names of this input pass 2 GiB");
        if (_bytes.Length - start < name.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)start + name.Length)));
        if (Count == _ends.Length)
        {
            Array.Resize(ref _ends, 2 * Count);
            Array.Resize(ref _hashes, 2 * Count);
        }
        name.CopyTo(_bytes.AsSpan(start));
        _ends[Count] = start + name.Length;
        _hashes[Count] = hash;
        _slots[slot] = ++Count;
        if (Count > _slots.Length / 2)
            Grow();
        return Count - 1;
    }

    private void Grow()
    {
        _slots = new int[2 * _slots.Length];
        var mask = _slots.Length - 1;
        for (var name = 0; name < Count; name++)
        {
            var slot = (int)_hashes[name] & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = name + 1;
        }
    }
}
