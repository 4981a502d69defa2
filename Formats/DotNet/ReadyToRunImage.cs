using System.Buffers.Binary;

namespace Diagnose.Formats.DotNet;

/// <summary>A piece of a file that must be in memory before it is read.</summary>
internal readonly record struct ImagePart(int Offset, int Length);

/// <summary>
/// Where things lie in a .NET assembly with code that was compiled ahead of time: a PE file with a ReadyToRun header
/// (docs/design/coreclr/botr/readytorun-format.md of dotnet/runtime). Offsets are in the file; it is hostile until proven otherwise.
/// </summary>
internal sealed class ReadyToRunImage
{
    /// <summary>Headers and section table lie in so many bytes at the start of the file.</summary>
    public const int HeaderBytes = 4096;

    private const int MostSections = 96, MostTables = 64;

    /// <summary>
    /// The headers' bytes that are read, and what no image exceeds: a file with holes is as large as it likes and takes no room on a disk.
    /// </summary>
    private const int ManagedHeaderBytes = 72, NativeHeaderBytes = 16 + MostTables * 12, FunctionBytes = 12, MostFunctions = 1 << 20;
    private const long MostTableBytes = 64 << 20;
    private const uint RuntimeFunctionsTable = 102, MethodEntryPointsTable = 103, InstanceEntryPointsTable = 109, HotColdMapTable = 120;

    private readonly List<(uint Address, uint Size, uint Offset, uint Bytes)> _sections = [];

    private ReadyToRunImage()
    {
    }

    /// <summary>The native header, which <see cref="TryReadTables"/> reads.</summary>
    public ImagePart NativeHeader { get; private set; }

    /// <summary>The header of the metadata, which <see cref="TryReadTables"/> reads.</summary>
    public ImagePart ManagedHeader { get; private set; }

    /// <summary>ECMA-335 metadata: the names.</summary>
    public ImagePart Metadata { get; private set; }

    /// <summary>Places of all functions in order of address, 12 bytes each.</summary>
    public ImagePart RuntimeFunctions { get; private set; }

    /// <summary>Which function each method of the metadata starts with.</summary>
    public ImagePart MethodEntryPoints { get; private set; }

    /// <summary>The same of generic instances.</summary>
    public ImagePart InstanceEntryPoints { get; private set; }

    /// <summary>Pairs of the functions whose cold halves lie apart.</summary>
    public ImagePart HotColdMap { get; private set; }

    public static bool IsPe(ReadOnlySpan<byte> file) => file.StartsWith("MZ"u8);

    /// <summary>Reads the headers; null when it is no such file.</summary>
    /// <param name="file">Of which the first <see cref="HeaderBytes"/> are there.</param>
    public static ReadyToRunImage? Open(ReadOnlySpan<byte> file)
    {
        if (!IsPe(file) || file.Length < 64)
            return null;
        int pe = BinaryPrimitives.ReadInt32LittleEndian(file[60..]);
        if (pe < 64 || pe > Math.Min(file.Length, HeaderBytes) - 24 || !file[pe..].StartsWith("PE\0\0"u8))
            return null;
        const ushort pe64 = 0x20b;
        const int directoriesAt = 112, managedHeader = 14;
        int sections = U16(file, pe + 6), optional = pe + 24, table = optional + U16(file, pe + 20);
        if (sections > MostSections || U16(file, optional) != pe64 || U32(file, optional + 108) <= managedHeader)
            return null;
        var image = new ReadyToRunImage();
        for (int i = 0; i < sections && table + i * 40 + 40 <= HeaderBytes; i++)
        {
            int at = table + i * 40;
            image._sections.Add((U32(file, at + 12), U32(file, at + 8), U32(file, at + 20), U32(file, at + 16)));
        }

        image.ManagedHeader = Start(image.Part(file, optional + directoriesAt + managedHeader * 8), ManagedHeaderBytes);
        return image.ManagedHeader.Length == ManagedHeaderBytes ? image : null;
    }

    /// <summary>Finds the native header and the metadata by the managed header, which is there now. False where either is missing.</summary>
    public bool TryReadManagedHeader(ReadOnlySpan<byte> file)
    {
        Metadata = Part(file, ManagedHeader.Offset + 8);
        NativeHeader = Start(Part(file, ManagedHeader.Offset + 64), NativeHeaderBytes);
        return Metadata.Length > 0 && NativeHeader.Length >= 16;
    }

    /// <summary>Finds the tables by the native header, which is there now. False where they are missing or larger than any.</summary>
    public bool TryReadTables(ReadOnlySpan<byte> file)
    {
        int at = NativeHeader.Offset;
        if (at < 0 || at > file.Length - 16 || !file[at..].StartsWith("RTR\0"u8))
            return false;
        uint tables = Math.Min(U32(file, at + 12), MostTables);
        for (int i = 0; i < tables; i++)
        {
            int entry = at + 16 + i * 12;
            ImagePart part = Part(file, entry + 4);
            switch (U32(file, entry))
            {
                case RuntimeFunctionsTable:
                    RuntimeFunctions = part;
                    break;
                case MethodEntryPointsTable:
                    MethodEntryPoints = part;
                    break;
                case InstanceEntryPointsTable:
                    InstanceEntryPoints = part;
                    break;
                case HotColdMapTable:
                    HotColdMap = part;
                    break;
            }
        }

        long bytes = (long)RuntimeFunctions.Length + MethodEntryPoints.Length + InstanceEntryPoints.Length + HotColdMap.Length + Metadata.Length;
        return RuntimeFunctions.Length / FunctionBytes is >= 1 and <= MostFunctions && bytes <= MostTableBytes;
    }

    /// <summary>The address, counted from the image's base, of a file offset that is mapped; null for others.</summary>
    public uint? AddressOf(ulong offset)
    {
        foreach ((uint address, _, uint start, uint bytes) in _sections)
        {
            if (offset >= start && offset - start < bytes)
                return address + (uint)(offset - start);
        }

        return null;
    }

    /// <summary>The other way.</summary>
    public uint? OffsetOf(uint address)
    {
        foreach ((uint start, uint size, uint offset, uint bytes) in _sections)
        {
            if (address >= start && address - start < Math.Min(size, bytes))
                return offset + (address - start);
        }

        return null;
    }

    private static ImagePart Start(ImagePart part, int most) => part with { Length = Math.Min(part.Length, most) };

    /// <summary>What an address and a size at <paramref name="at"/> name; empty where it is not all in the file.</summary>
    private ImagePart Part(ReadOnlySpan<byte> file, int at)
    {
        uint size = U32(file, at + 4);
        return OffsetOf(U32(file, at)) is { } offset && size > 0 && offset <= file.Length && size <= file.Length - offset
            ? new ImagePart((int)offset, (int)size) : default;
    }

    private static ushort U16(ReadOnlySpan<byte> file, int at) =>
        at >= 0 && at <= file.Length - 2 ? BinaryPrimitives.ReadUInt16LittleEndian(file[at..]) : (ushort)0;

    private static uint U32(ReadOnlySpan<byte> file, int at) =>
        at >= 0 && at <= file.Length - 4 ? BinaryPrimitives.ReadUInt32LittleEndian(file[at..]) : 0;
}
