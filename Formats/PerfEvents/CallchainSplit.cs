namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// A callchain as it lies in the ring, seen as its kernel part and its user part, both leaf first, without markers
/// and without a copy. Parts of a hypervisor, a guest or a kind not known here are left out.
/// </summary>
public readonly ref struct CallchainSplit
{
    /// <summary>Kernel frames, leaf first.</summary>
    public ReadOnlySpan<ulong> Kernel { get; }

    /// <summary>User frames, leaf first.</summary>
    public ReadOnlySpan<ulong> User { get; }

    /// <summary>Frames in neither part: those after a marker of another kind, or in a second part of the same kind.</summary>
    public int Skipped { get; }

    /// <summary>Splits <paramref name="chain"/>, the <c>ips[nr]</c> of a sample. Never fails.</summary>
    public CallchainSplit(ReadOnlySpan<ulong> chain)
    {
        var at = 0;
        // Frames before any marker: a chain written without markers. Kernel addresses are in the upper half of the
        // address space on every 64-bit Linux, so the halves tell the parts.
        while (at < chain.Length && !CallchainContext.IsMarker(chain[at]) && (long)chain[at] < 0) at++;
        Kernel = chain[..at];
        var user = at;
        while (at < chain.Length && !CallchainContext.IsMarker(chain[at])) at++;
        User = chain[user..at];

        while (at < chain.Length)
        {
            var context = chain[at++];
            var start = at;
            while (at < chain.Length && !CallchainContext.IsMarker(chain[at])) at++;
            var part = chain[start..at];
            if (part.IsEmpty) continue;
            if (context == CallchainContext.Kernel && Kernel.IsEmpty) Kernel = part;
            else if (context == CallchainContext.User && User.IsEmpty) User = part;
            else Skipped += part.Length;
        }
    }
}
