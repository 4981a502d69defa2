namespace Diagnose.Formats.Bytes;

/// <summary>A file that lies in memory.</summary>
public sealed class FileInMemory(ReadOnlyMemory<byte> bytes) : IFileBytes
{
    public long Length => bytes.Length;

    public ReadOnlySpan<byte> Slice(long offset, int length) =>
        bytes.Span.Slice((int)offset, (int)Math.Min(length, Length - offset));
}
