namespace Diagnose.Formats.Recording;

/// <summary>Shown some hits while they are recorded.</summary>
internal interface IHitListener
{
    /// <summary>Whether it wants this hit.</summary>
    bool Wants(ulong time, int chain);

    /// <summary>A wanted hit whose chain was just interned.</summary>
    /// <param name="sequence">Number of the hit in the recording, from 1.</param>
    void Add(long sequence, ulong time, TracedThread thread, int cgroup, ReadOnlySpan<ulong> chain);
}
