namespace Diagnose.Formats.Unwind;

/// <summary>A range of addresses with code.</summary>
/// <param name="Bias">What is added to the addresses in the module's file to get those in memory.</param>
/// <param name="Table">Null for code that nothing is known about: generated code, or a file that cannot be read.</param>
public readonly record struct UnwindModule(ulong Start, ulong End, ulong Bias, UnwindTable? Table)
{
    public bool Covers(ulong address) => address >= Start && address < End;
}

/// <summary>What a process has mapped, as an unwinder asks for it.</summary>
public interface IUnwindModules
{
    /// <summary>The executable range that an address lies in; false where nothing is mapped.</summary>
    bool TryFind(ulong address, out UnwindModule found);

    /// <summary>
    /// The file's bytes, in which at least <see cref="UnwindTable.RangesOf"/> are loaded; empty where they cannot be read now.
    /// Asked only for rows that are not known yet, and for rare ones each time.
    /// </summary>
    ReadOnlySpan<byte> Load(in UnwindModule code);
}
