using System.Globalization;

namespace Diagnose.Formats.Elf;

/// <summary>
/// A view of an ELF file, 32 or 64 bit, either byte order (System V gABI, chapters 4 and 5). It owns nothing and copies
/// nothing: every answer is read from the caller's bytes, which may be damaged or hostile.
/// </summary>
public readonly ref partial struct ElfImage
{
    private const ushort SectionIndexEscape = 0xffff; // SHN_XINDEX
    private const ushort SegmentCountEscape = 0xffff; // PN_XNUM

    internal readonly ElfFields Fields;
    private readonly int _segmentTable, _segmentStride, _sectionTable, _sectionStride, _sectionNames;

    private ElfImage(scoped in ElfFields fields, ElfType type, ElfMachine machine, scoped in Tables tables)
    {
        Fields = fields;
        Type = type;
        Machine = machine;
        _segmentTable = tables.Segments;
        _segmentStride = tables.SegmentStride;
        SegmentCount = tables.SegmentCount;
        _sectionTable = tables.Sections;
        _sectionStride = tables.SectionStride;
        SectionCount = tables.SectionCount;
        _sectionNames = tables.SectionNames;
        SectionTableIsCut = tables.SectionTableIsCut;
    }

    /// <summary>The bytes of the whole file, as given.</summary>
    public ReadOnlySpan<byte> File => Fields.Bytes;
    public bool Is64 => Fields.Is64;
    public bool IsBigEndian => Fields.IsBigEndian;
    public ElfType Type { get; }
    public ElfMachine Machine { get; }
    /// <summary>e_entry: where the program begins, before any load bias; 0 when it has no such place.</summary>
    public ulong EntryPoint => Fields.Native(24);
    public int SegmentCount { get; }
    public int SectionCount { get; }

    /// <summary>The header names a section table that is not inside the file, so there are no sections to be seen.</summary>
    public bool SectionTableIsCut { get; }

    /// <summary>
    /// Reads the header and finds both tables. A missing section table is not an error (see <see cref="SectionTableIsCut"/>):
    /// images read from memory have none, and their segments still answer for build ID and addresses.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> file, out ElfImage image, out string error)
    {
        image = default;
        if (file.Length < 16 || file is not [0x7f, (byte)'E', (byte)'L', (byte)'F', ..])
        {
            error = "offset 0: not an ELF file (no \\x7fELF magic)";
            return false;
        }

        if (file[4] is not (1 or 2))
        {
            error = Text($"offset 4: unknown ELF class {file[4]}");
            return false;
        }

        if (file[5] is not (1 or 2))
        {
            error = Text($"offset 5: unknown ELF byte order {file[5]}");
            return false;
        }

        var fields = new ElfFields(file, is64: file[4] == 2, isBigEndian: file[5] == 2);
        var headerSize = fields.Is64 ? 64 : 52;
        if (file.Length < headerSize)
        {
            error = Text($"offset {file.Length}: the file ends inside the {headerSize}-byte ELF header");
            return false;
        }

        if (!TryFindTables(fields, out var tables, out error))
            return false;
        image = new(fields, (ElfType)fields.Half(16), (ElfMachine)fields.Half(18), tables);
        return true;
    }

    public ElfSegment Segment(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SegmentCount, nameof(index));
        return ElfSegment.Read(Fields, _segmentTable + index * _segmentStride);
    }

    public ElfSection Section(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SectionCount, nameof(index));
        return ElfSection.Read(Fields, _sectionTable + index * _sectionStride, index);
    }

    /// <summary>The first section of that name, such as ".text".</summary>
    public bool TrySection(ReadOnlySpan<byte> name, out ElfSection section)
    {
        var names = SectionNames;
        for (var i = 1; i < SectionCount; i++)
        {
            section = Section(i);
            if (section.NameOffset >= (uint)names.Length)
                continue;
            var rest = names[(int)section.NameOffset..];
            if (rest.Length > name.Length && rest[name.Length] == 0 && rest.StartsWith(name))
                return true;
        }

        section = default;
        return false;
    }

    /// <summary>The section's name, empty when the name table does not hold it.</summary>
    public ReadOnlySpan<byte> NameOf(scoped in ElfSection section)
    {
        var names = SectionNames;
        return section.NameOffset < (uint)names.Length ? ElfStrings.At(names, (int)section.NameOffset) : [];
    }

    /// <summary>The section's bytes as they lie in the file; empty for SHT_NOBITS and for a section not wholly in the file.</summary>
    public ReadOnlySpan<byte> BytesOf(scoped in ElfSection section) =>
        section.Type is ElfSectionType.NoBits or ElfSectionType.Null ? [] : Fields.Range(section.Offset, section.Size);

    /// <summary>The segment's bytes in the file; empty for a segment not wholly in the file.</summary>
    public ReadOnlySpan<byte> BytesOf(scoped in ElfSegment segment) => Fields.Range(segment.Offset, segment.FileSize);

    /// <summary>The section with the names of sections, for who loads a file part by part: without it none is found by name.</summary>
    public bool TrySectionNames(out ElfSection section)
    {
        section = _sectionNames < SectionCount ? Section(_sectionNames) : default;
        return _sectionNames < SectionCount;
    }

    private ReadOnlySpan<byte> SectionNames => _sectionNames < SectionCount ? BytesOf(Section(_sectionNames)) : [];

    private ref struct Tables
    {
        public int Segments, SegmentStride, SegmentCount, Sections, SectionStride, SectionCount, SectionNames;
        public bool SectionTableIsCut;
    }

    private static bool TryFindTables(scoped in ElfFields fields, out Tables tables, out string error)
    {
        tables = default;
        error = "";
        var counts = fields.Is64 ? 54 : 42; // where e_phentsize lies; e_phnum, e_shentsize, e_shnum and e_shstrndx follow
        var segments = fields.Native(fields.Is64 ? 32 : 28);
        var sections = fields.Native(fields.Is64 ? 40 : 32);
        ulong segmentCount = fields.Half(counts + 2), sectionCount = fields.Half(counts + 6);
        uint segmentStride = fields.Half(counts), sectionStride = fields.Half(counts + 4), names = fields.Half(counts + 8);

        if (sections != 0)
        {
            // Counts that do not fit the header's 16 bits are kept in the otherwise empty section 0.
            var first = sectionStride >= (fields.Is64 ? ElfSection.Size64 : ElfSection.Size32)
                && !fields.Range(sections, sectionStride).IsEmpty
                ? ElfSection.Read(fields, (int)sections, 0)
                : default(ElfSection?);
            if (sectionCount == 0 && first is { } zero)
                sectionCount = zero.Size;
            if (names == SectionIndexEscape && first is { } linked)
                names = linked.Link;
            if (segmentCount == SegmentCountEscape && first is { Info: not 0 } counted)
                segmentCount = counted.Info;

            if (first is null || !Fits(fields, sections, sectionStride, sectionCount))
                tables.SectionTableIsCut = sectionCount != 0;
            else
            {
                tables.Sections = (int)sections;
                tables.SectionStride = (int)sectionStride;
                tables.SectionCount = (int)sectionCount;
                tables.SectionNames = names < sectionCount ? (int)names : int.MaxValue;
            }
        }

        if (segments == 0 || segmentCount == 0)
            return true;
        if (segmentStride < (fields.Is64 ? ElfSegment.Size64 : ElfSegment.Size32))
        {
            error = Text($"offset {counts}: program headers of {segmentStride} bytes are too small");
            return false;
        }

        if (!Fits(fields, segments, segmentStride, segmentCount))
        {
            error = Text($"offset {segments}: {segmentCount} program headers of {segmentStride} bytes lie outside the file of {fields.Bytes.Length} bytes");
            return false;
        }

        tables.Segments = (int)segments;
        tables.SegmentStride = (int)segmentStride;
        tables.SegmentCount = (int)segmentCount;
        return true;
    }

    private static bool Fits(scoped in ElfFields fields, ulong offset, uint stride, ulong count)
    {
        var length = (ulong)fields.Bytes.Length;
        return offset <= length && count <= (length - offset) / stride;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
