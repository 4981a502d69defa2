namespace Diagnose.Analyze.Stacks;

/// <summary>
/// What the hits of a block are counted by, as small numbers in the order in which they came: places, of which CPUs in a file can
/// be any number, in slots of time.
/// </summary>
internal sealed class KeyedPlaces
{
    private readonly Dictionary<(long Slot, int Place), int> _keys = [];
    private readonly List<(int Place, ulong Time)> _places = [];

    /// <summary>The place, and the time that was given first for it and its slot.</summary>
    public (int Place, ulong Time) this[int key] => _places[key];

    public int Key(long slot, int place, ulong time)
    {
        if (_keys.TryGetValue((slot, place), out int key))
            return key;
        _keys.Add((slot, place), key = _places.Count);
        _places.Add((place, time));
        return key;
    }

    /// <summary>Forgets all, so that numbers stay small.</summary>
    public void Clear()
    {
        _keys.Clear();
        _places.Clear();
    }
}
