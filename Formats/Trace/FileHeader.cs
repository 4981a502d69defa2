using System.Buffers.Binary;
using System.IO.Hashing;

namespace Diagnose.Formats.Trace;

/// <summary>The 32 bytes at the start of a trace and of each further segment; see TRACE-FORMAT.md, "File header".</summary>
public static class FileHeader
{
    public const int Size = 32;

    /// <summary>A later minor version may lengthen the header up to this.</summary>
    private const int MaxSize = 1 << 16;

    /// <summary>Readers refuse another major version, and accept any minor version.</summary>
    public const ushort MajorVersion = 1;

    public const ushort MinorVersion = 2;

    /// <summary>
    /// A byte outside ASCII, the name, CR LF, Ctrl-Z, LF: as in PNG, so that a transfer in text mode is noticed at once.
    /// </summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'D', (byte)'T', (byte)'T', 0x0D, 0x0A, 0x1A, 0x0A];

    public static void Write(Span<byte> destination)
    {
        destination[..Size].Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], MajorVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], MinorVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Size);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], XxHash3.HashToUInt64(destination[..24]));
    }

    /// <summary>
    /// Checks the start of a segment. A damaged header is no reason to give the file up, since every block stands by itself:
    /// <paramref name="damage"/> says what is wrong and the blocks are read all the same.
    /// </summary>
    /// <param name="offset">Where these bytes lie in the file.</param>
    /// <param name="size">Where the first block begins, counted from the header; 0 when the header does not tell.</param>
    /// <returns>False when the segment is of a major version that this reader does not know.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, long offset, out int size, out string? damage, out string? error)
    {
        size = 0;
        damage = error = null;
        if (bytes.Length < Size)
        {
            damage = $"file header at offset {offset} is cut short at {bytes.Length} of {Size} bytes";
            return true;
        }

        if (!IsIntact(bytes))
        {
            damage = $"file header at offset {offset} is damaged";
            return true;
        }

        ushort major = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (major != MajorVersion)
        {
            error = $"trace format version {major} at offset {offset + 8}; this program reads version {MajorVersion}";
            return false;
        }

        uint stated = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (stated is < Size or > MaxSize)
            damage = $"file header at offset {offset} says that it is {stated} bytes long";
        else
            size = (int)stated;
        return true;
    }

    /// <summary>The minor version in an undamaged file header; null in a damaged one.</summary>
    public static int? Minor(ReadOnlySpan<byte> bytes) =>
        IsIntact(bytes) ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]) : null;

    /// <summary>Whether an undamaged file header, of whatever version, stands at the start of these bytes.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Size && bytes.StartsWith(Magic)
        && BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]) == XxHash3.HashToUInt64(bytes[..24]);
}
