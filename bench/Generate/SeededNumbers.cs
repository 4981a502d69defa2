namespace Diagnose.Bench.Generate;

/// <summary>
/// Numbers that look random and are the same for a seed on every machine and every .NET, which
/// <see cref="Random"/> does not promise (SplitMix64).
/// </summary>
public sealed class SeededNumbers(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong mixed = _state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
        return mixed ^ mixed >> 31;
    }

    /// <summary>From 0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => (int)((Next() >> 32) * (ulong)count >> 32);

    /// <summary>The same with small numbers more often than large ones.</summary>
    public int SmallBelow(int count) => Below(Below(count) + 1);
}
