namespace Diagnose.Capture.Probes;

/// <summary>Finds a symbol in a program or library, for uprobes.</summary>
public interface ISymbolOffsets
{
    /// <summary>
    /// The offset in the file, in bytes, of the first instruction of <paramref name="symbol"/>. On failure
    /// <paramref name="why"/> is one line that says why.
    /// </summary>
    bool TryFind(string file, string symbol, out ulong fileOffset, out string why);
}
