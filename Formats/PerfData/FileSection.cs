namespace Diagnose.Formats.PerfData;

/// <summary><c>struct perf_file_section</c>: a part of the file.</summary>
/// <param name="Offset">From the start of the file, in bytes.</param>
/// <param name="Size">In bytes.</param>
public readonly record struct FileSection(ulong Offset, ulong Size)
{
    /// <summary>Bytes of the structure itself.</summary>
    public const int StoredSize = 16;

    internal static FileSection Read(ReadOnlySpan<byte> at, ByteOrder order) => new(order.U64(at), order.U64(at[8..]));

    /// <summary>Whether all of it lies in a file of <paramref name="length"/> bytes.</summary>
    public bool FitsIn(long length) => Offset <= (ulong)length && Size <= (ulong)length - Offset;
}
