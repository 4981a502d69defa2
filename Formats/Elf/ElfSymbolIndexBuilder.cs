using System.Runtime.InteropServices;

namespace Diagnose.Formats.Elf;

/// <summary>Collects the code symbols of an image, settles aliases and unknown sizes, and links nested symbols.</summary>
internal sealed class ElfSymbolIndexBuilder
{
    internal static readonly (ElfSectionType Type, ElfSymbolSource Source)[] Tables =
        [(ElfSectionType.SymTab, ElfSymbolSource.SymTab), (ElfSectionType.DynSym, ElfSymbolSource.DynSym)];

    private readonly List<ElfSymbolCandidate> _candidates = [];

    public ElfSymbolIndex Build(scoped in ElfImage image)
    {
        if (image.Type == ElfType.Relocatable)
            return new([], []);
        foreach (var (type, source) in Tables)
            Collect(image, type, source);
        var pltNames = ElfPlt.Collect(image, _candidates);

        var candidates = CollectionsMarshal.AsSpan(_candidates);
        candidates.Sort(static (a, b) => a.Address.CompareTo(b.Address));
        candidates = candidates[..KeepBestOfAliases(candidates, new(image.File, pltNames))];
        candidates = candidates[..SettleUnknownSizes(candidates)];
        return new(Link(candidates), pltNames);
    }

    private void Collect(scoped in ElfImage image, ElfSectionType type, ElfSymbolSource source)
    {
        if (!ElfSymbolTable.TryOpen(image, type, out var table))
            return;
        for (var i = 1; i < table.Count; i++)
            if (ElfSymbolCandidate.TryFrom(image, table, table[i], source, out var candidate))
                _candidates.Add(candidate);
    }

    /// <summary>
    /// Leaves at each address the best name and, where that one is shorter, the longest symbol before it: between them they
    /// cover every address that all aliases cover.
    /// </summary>
    private static int KeepBestOfAliases(Span<ElfSymbolCandidate> sorted, scoped in ElfSymbolNames names)
    {
        var kept = 0;
        for (int first = 0, next; first < sorted.Length; first = next)
        {
            int best = first, longest = first;
            for (next = first + 1; next < sorted.Length && sorted[next].Address == sorted[first].Address; next++)
            {
                if (ElfSymbolCandidate.IsBetter(sorted[next], sorted[best], names))
                    best = next;
                if (sorted[next].End > sorted[longest].End
                    || (sorted[next].End == sorted[longest].End && ElfSymbolCandidate.IsBetter(sorted[next], sorted[longest], names)))
                    longest = next;
            }

            var (chosen, enclosing) = (sorted[best], sorted[longest]);
            if (enclosing.End > chosen.End)
                sorted[kept++] = enclosing;
            sorted[kept++] = chosen;
        }

        return kept;
    }

    /// <summary>
    /// A symbol without size reaches to the next one or its section's end. Inside a sized symbol it is only a label there, and
    /// is dropped: how far it reaches is a guess, and a guess must not hide what the table states.
    /// </summary>
    private static int SettleUnknownSizes(Span<ElfSymbolCandidate> sorted)
    {
        var kept = 0;
        var statedEnd = 0ul;
        foreach (var candidate in sorted)
        {
            if (!candidate.HasSize && candidate.Address < statedEnd)
                continue;
            statedEnd = Math.Max(statedEnd, candidate.End);
            sorted[kept++] = candidate;
        }

        for (var i = 0; i < kept; i++)
        {
            ref var candidate = ref sorted[i];
            if (!candidate.HasSize)
                candidate.End = i + 1 < kept ? Math.Min(candidate.Limit, sorted[i + 1].Address) : candidate.Limit;
        }

        return kept;
    }

    private static ElfSymbolIndex.Entry[] Link(ReadOnlySpan<ElfSymbolCandidate> sorted)
    {
        var entries = new ElfSymbolIndex.Entry[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            ref readonly var candidate = ref sorted[i];
            ref var entry = ref entries[i];
            entry = new()
            {
                Address = candidate.Address,
                Size = ElfSymbolIndex.SizeOf(candidate.Address, candidate.End),
                NameAt = candidate.NameAt,
                Source = candidate.Source,
                Enclosing = i - 1,
            };
            while (entry.Enclosing >= 0 && entries[entry.Enclosing].End <= entry.End)
                entry.Enclosing = entries[entry.Enclosing].Enclosing;
        }

        return entries;
    }
}
