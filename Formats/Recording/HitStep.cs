namespace Diagnose.Formats.Recording;

/// <summary>
/// Keeps one hit of so many on each CPU: for filters that only the sampler can apply, where a period in the kernel would
/// count the hits of others, too.
/// </summary>
internal sealed class HitStep(ulong step)
{
    private ulong[] _counts = new ulong[64];

    /// <summary>Hits that each kept one stands for.</summary>
    public ulong Step => step;

    /// <summary>As the kernel does with a period of N, the N-th hit is the first to be kept.</summary>
    public bool Keeps(int cpu)
    {
        if (cpu >= _counts.Length)
            Array.Resize(ref _counts, cpu * 2);
        ref ulong count = ref _counts[cpu];
        if (++count < step)
            return false;
        count = 0;
        return true;
    }
}
