using Diagnose.Formats.Symbols;

namespace Diagnose.Formats.Tests.DotNet;

/// <summary>A file as a module's image: what was not asked for reads as zeros.</summary>
internal sealed class FileAsImage(byte[] file) : IModuleImage
{
    private readonly byte[] _loaded = new byte[file.Length];

    public int Length => file.Length;

    public ReadOnlySpan<byte> Bytes => _loaded;

    /// <summary>Bytes that were loaded, in all.</summary>
    public long Loads { get; private set; }

    public bool TryLoad(long offset, long count)
    {
        if (offset < 0 || count < 0 || offset > file.Length)
            return false;
        count = Math.Min(count, file.Length - offset);
        file.AsSpan((int)offset, (int)count).CopyTo(_loaded.AsSpan((int)offset));
        Loads += count;
        return true;
    }

    public void Forget() => Array.Clear(_loaded);

    public void Dispose()
    {
    }
}
