namespace Diagnose.Formats.Kernel;

/// <summary>A symbol on its way into <see cref="KernelSymbols"/>; data symbols have no name.</summary>
internal struct KernelSymbolCandidate
{
    public ulong Address;
    public uint Size;
    public uint NameAt;
    public ushort NameLength;
    public ushort Module;
    public byte BindingRank;

    public readonly bool IsText => NameLength > 0;

    public readonly ReadOnlySpan<byte> Name(ReadOnlySpan<byte> names) => names.Slice((int)NameAt, NameLength);

    /// <summary>
    /// By address; at one address the name to show comes last. As perf's choose_best_symbol does, global before weak before
    /// local, fewer leading underscores, longer; then bytewise and by module, so that the choice never depends on the order read. Unlike perf, a function's name
    /// comes before a mark of the linker script, which says nothing about what runs there.
    /// </summary>
    public sealed class Order(byte[] names) : IComparer<KernelSymbolCandidate>
    {
        public int Compare(KernelSymbolCandidate x, KernelSymbolCandidate y)
        {
            if (x.Address != y.Address)
                return x.Address.CompareTo(y.Address);
            if (x.IsText != y.IsText)
                return x.IsText ? 1 : -1;
            ReadOnlySpan<byte> first = x.Name(names), second = y.Name(names);
            var marks = KernelTextMarks.Contain(second).CompareTo(KernelTextMarks.Contain(first));
            if (marks != 0)
                return marks;
            if (x.BindingRank != y.BindingRank)
                return x.BindingRank.CompareTo(y.BindingRank);
            var underscores = LeadingUnderscores(second).CompareTo(LeadingUnderscores(first));
            if (underscores != 0)
                return underscores;
            if (first.Length != second.Length)
                return first.Length.CompareTo(second.Length);
            var bytewise = second.SequenceCompareTo(first);
            return bytewise != 0 ? bytewise : y.Module.CompareTo(x.Module);
        }
    }

    private static int LeadingUnderscores(ReadOnlySpan<byte> name)
    {
        var first = name.IndexOfAnyExcept((byte)'_');
        return first < 0 ? name.Length : first;
    }
}
