namespace Diagnose.Formats.Kernel;

/// <summary>Gives each text symbol a size, which /proc/kallsyms does not state.</summary>
internal static class KernelSymbolBounds
{
    private const ulong PageSize = 4096;

    /// <summary>
    /// The kernel's functions are far smaller; a longer gap is a hole between parts of the image, and an address in it is
    /// better left without a name than given a wrong one.
    /// </summary>
    private const ulong MaxSize = 1 << 20;

    /// <summary>
    /// Sizes the text symbols of a list in address order and moves them to its front, data dropped; returns how many. A symbol
    /// ends where the next one of any kind starts; the last of a module, at its page's end, since what follows is not its own.
    /// </summary>
    public static int Settle(Span<KernelSymbolCandidate> sorted, KernelModuleNames modules, ReadOnlySpan<byte> names)
    {
        var kept = 0;
        for (int first = 0, next; first < sorted.Length; first = next)
        {
            var start = sorted[first].Address;
            for (next = first + 1; next < sorted.Length && sorted[next].Address == start; next++)
            {
            }

            var last = sorted[next - 1]; // the name that will be shown
            var pageEnd = start <= ulong.MaxValue - PageSize ? (start | (PageSize - 1)) + 1 : ulong.MaxValue;
            var end = Math.Min(start + Math.Min(MaxSize, ulong.MaxValue - start), next < sorted.Length ? sorted[next].Address : pageEnd);
            if (next < sorted.Length && sorted[next].Module != last.Module || modules.IsBuiltIn(last.Module))
                end = Math.Min(end, pageEnd);
            if (KernelTextMarks.IsEnd(last.Name(names)))
                end = start;

            for (var i = first; i < next; i++)
                if (sorted[i].IsText)
                    sorted[kept++] = sorted[i] with { Size = (uint)(end - start) };
        }

        return kept;
    }
}
