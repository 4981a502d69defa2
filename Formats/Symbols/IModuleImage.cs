namespace Diagnose.Formats.Symbols;

/// <summary>The bytes of a file at their offsets, of which only the parts that were asked for are in memory.</summary>
public interface IModuleImage : IDisposable
{
    /// <summary>Bytes of the file.</summary>
    int Length { get; }

    /// <summary>The whole file; bytes in parts not loaded are zero.</summary>
    ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Reads a part; false when not all of it could be read: what is missing stays zero.</summary>
    bool TryLoad(long offset, long count);

    /// <summary>Gives the memory of all parts back.</summary>
    void Forget();
}
