namespace Diagnose.Formats.Bytes;

/// <summary>Where the bytes of a file come from: a mapped file of any size, or memory.</summary>
public interface IFileBytes
{
    long Length { get; }

    /// <summary>Bytes from an offset on; shorter than asked for only at the end of the file.</summary>
    ReadOnlySpan<byte> Slice(long offset, int length);

    /// <summary>The bytes of a range will not be asked for soon, so what holds them in memory may let go of them.</summary>
    void Release(long offset, long length)
    {
    }
}
