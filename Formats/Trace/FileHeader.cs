using System.Buffers.Binary;
using System.IO.Hashing;

namespace Diagnose.Formats.Trace;

/// <summary>The 32 bytes at the start of a trace; see TRACE-FORMAT.md, "File header".</summary>
public static class FileHeader
{
    public const int Size = 32;

    /// <summary>A later minor version may lengthen the header up to this.</summary>
    private const int MaxSize = 1 << 16;

    /// <summary>Readers refuse another major version, and accept any minor version.</summary>
    public const ushort MajorVersion = 1;

    public const ushort MinorVersion = 0;

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
    /// Checks the start of a file. A damaged header is no reason to give the file up, since every block stands by itself:
    /// <paramref name="damage"/> says what is wrong and the blocks are read all the same.
    /// </summary>
    /// <param name="size">Where the first block begins; 0 when the header does not tell.</param>
    /// <returns>False when the file is of a major version that this reader does not know.</returns>
    public static bool TryRead(ReadOnlySpan<byte> file, out int size, out string? damage, out string? error)
    {
        size = 0;
        damage = error = null;
        if (file.Length < Size)
        {
            damage = $"file header cut short at {file.Length} of {Size} bytes";
            return true;
        }

        if (!IsIntact(file))
        {
            damage = "file header at offset 0 is damaged";
            return true;
        }

        ushort major = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        if (major != MajorVersion)
        {
            error = $"trace format version {major} at offset 8; this program reads version {MajorVersion}";
            return false;
        }

        uint stated = BinaryPrimitives.ReadUInt32LittleEndian(file[12..]);
        if (stated is < Size or > MaxSize)
            damage = $"file header at offset 0 says that it is {stated} bytes long";
        else
            size = (int)stated;
        return true;
    }

    /// <summary>Whether an undamaged file header, of whatever version, stands at the start of these bytes.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Size && bytes.StartsWith(Magic)
        && BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]) == XxHash3.HashToUInt64(bytes[..24]);
}
