using System.Buffers.Binary;
using System.Text;

namespace Diagnose.Formats.Tests.Elf;

/// <summary>
/// Writes small ELF files byte by byte, in either class and byte order: a text section at <see cref="TextAddress"/>, notes,
/// and symbol tables. Field offsets are those of the System V gABI, written here a second time on purpose.
/// </summary>
internal sealed class TestElf(bool is64 = true, bool isBigEndian = false)
{
    public const ulong TextAddress = 0x401000, TextSize = 0x400, DataAddress = 0x403000;
    public const ulong SegmentShift = 0x400000; // address minus file offset in the PT_LOADs
    public const uint NoSection = 0, Text = 1, Data = 2;

    public ushort Type { get; set; } = 3;
    public ushort Machine { get; set; } = 62;
    public byte[] BuildId { get; set; } = [];
    public uint NoteAlignment { get; set; } = 4;
    public bool NotesInSegment { get; set; } = true;
    public bool ExtendedNumbering { get; set; }
    public List<Symbol> SymTab { get; } = [];
    public List<Symbol> DynSym { get; } = [];

    /// <summary>Symbols name their section through SHT_SYMTAB_SHNDX.</summary>
    public bool ExtendedSectionIndexes { get; set; }

    public sealed record Symbol(string Name, ulong Value, ulong Size, byte Type = 2, byte Binding = 1, uint Section = Text);

    public byte[] Write()
    {
        var file = new List<byte>(new byte[0x1000]);
        var sections = new List<Header> { new(".none", 0, 0, 0, 0, 0) };
        sections.Add(new(".text", 1, 6, TextAddress, 0x1000, TextSize));
        file.AddRange(Enumerable.Repeat((byte)0xcc, (int)TextSize));
        sections.Add(new(".data", 1, 3, DataAddress, (ulong)file.Count, 16));
        file.AddRange(new byte[16]);

        var noteAt = (ulong)file.Count;
        var note = Notes();
        file.AddRange(note);
        sections.Add(new(".note.gnu.build-id", 7, 2, 0, noteAt, (ulong)note.Length, Alignment: NoteAlignment));

        if (SymTab.Count > 0)
            AddTable(file, sections, ".symtab", 2, SymTab);
        if (DynSym.Count > 0)
            AddTable(file, sections, ".dynsym", 11, DynSym);

        var names = new MemoryStream();
        names.WriteByte(0);
        var nameOffsets = sections.Append(new(".shstrtab", 3, 0, 0, 0, 0)).Select(s =>
        {
            var at = (uint)names.Position;
            names.Write(Encoding.UTF8.GetBytes(s.Name + "\0"));
            return at;
        }).ToArray();
        sections.Add(new(".shstrtab", 3, 0, 0, (ulong)file.Count, (ulong)names.Length));
        file.AddRange(names.ToArray());
        while (file.Count % 8 != 0)
            file.Add(0);

        var sectionTable = (ulong)file.Count;
        if (ExtendedNumbering)
            sections[0] = sections[0] with { Size = (ulong)sections.Count, Link = (uint)sections.Count - 1, Info = 2 };
        for (var i = 0; i < sections.Count; i++)
            AddSection(file, nameOffsets[i], sections[i]);

        var bytes = file.ToArray();
        WriteHeader(bytes, sectionTable, sections.Count);
        WriteSegment(bytes, 0, 1, 5, 0x1000, SegmentShift + 0x1000, TextSize, 0x1000);
        WriteSegment(bytes, 1, NotesInSegment ? 4u : 0u, 4, noteAt, 0, (ulong)note.Length, NoteAlignment);
        return bytes;
    }

    private sealed record Header(
        string Name, uint Type, ulong Flags, ulong Address, ulong Offset, ulong Size,
        uint Link = 0, uint Info = 0, uint Alignment = 1, ulong EntrySize = 0);

    private byte[] Notes()
    {
        if (BuildId.Length == 0)
            return [];
        List<byte> notes = [];
        foreach (var (name, type, bytes) in new[] { ("Other", 7u, new byte[] { 1, 2, 3, 4, 5 }), ("GNU", 3u, BuildId) })
        {
            notes.AddRange(Word((uint)name.Length + 1));
            notes.AddRange(Word((uint)bytes.Length));
            notes.AddRange(Word(type));
            notes.AddRange(Encoding.ASCII.GetBytes(name + "\0"));
            Pad(notes, (int)NoteAlignment);
            notes.AddRange(bytes);
            Pad(notes, (int)NoteAlignment);
        }

        return [.. notes];
    }

    private static void Pad(List<byte> bytes, int alignment)
    {
        while (bytes.Count % alignment != 0)
            bytes.Add(0);
    }

    private void AddTable(List<byte> file, List<Header> sections, string name, uint type, List<Symbol> symbols)
    {
        var names = new List<byte> { 0 };
        var entrySize = is64 ? 24 : 16;
        var at = (ulong)file.Count;
        file.AddRange(new byte[entrySize]);
        foreach (var symbol in symbols)
        {
            var nameAt = symbol.Name.Length == 0 ? 0u : (uint)names.Count;
            names.AddRange(Encoding.UTF8.GetBytes(symbol.Name + "\0"));
            var info = (byte)(symbol.Binding << 4 | symbol.Type);
            var section = Half(ExtendedSectionIndexes ? (ushort)0xffff : (ushort)symbol.Section);
            file.AddRange(is64
                ? [.. Word(nameAt), info, 0, .. section, .. Xword(symbol.Value), .. Xword(symbol.Size)]
                : [.. Word(nameAt), .. Word((uint)symbol.Value), .. Word((uint)symbol.Size), info, 0, .. section]);
        }

        var index = sections.Count;
        sections.Add(new(name, type, 2, 0, at, (ulong)file.Count - at, Link: (uint)index + 1, EntrySize: (ulong)entrySize));
        sections.Add(new(name + ".str", 3, 2, 0, (ulong)file.Count, (ulong)names.Count));
        file.AddRange(names);
        if (!ExtendedSectionIndexes)
            return;
        sections.Add(new(name + "_shndx", 18, 0, 0, (ulong)file.Count, (ulong)(symbols.Count + 1) * 4, Link: (uint)index));
        file.AddRange(new byte[4]);
        foreach (var symbol in symbols)
            file.AddRange(Word(symbol.Section));
    }

    private void AddSection(List<byte> file, uint name, Header s) => file.AddRange(is64
        ? [
            .. Word(name), .. Word(s.Type), .. Xword(s.Flags), .. Xword(s.Address), .. Xword(s.Offset), .. Xword(s.Size),
            .. Word(s.Link), .. Word(s.Info), .. Xword(s.Alignment), .. Xword(s.EntrySize),
        ]
        : [
            .. Word(name), .. Word(s.Type), .. Word((uint)s.Flags), .. Word((uint)s.Address), .. Word((uint)s.Offset),
            .. Word((uint)s.Size), .. Word(s.Link), .. Word(s.Info), .. Word(s.Alignment), .. Word((uint)s.EntrySize),
        ]);

    private void WriteHeader(byte[] file, ulong sectionTable, int sectionCount)
    {
        byte[] start = [0x7f, (byte)'E', (byte)'L', (byte)'F', is64 ? (byte)2 : (byte)1, isBigEndian ? (byte)2 : (byte)1, 1];
        start.CopyTo(file, 0);
        byte[] counts =
        [
            .. Word(0), .. Half(is64 ? (ushort)64 : (ushort)52), .. Half(is64 ? (ushort)56 : (ushort)32),
            .. Half(ExtendedNumbering ? (ushort)0xffff : (ushort)2), .. Half(is64 ? (ushort)64 : (ushort)40),
            .. Half(ExtendedNumbering ? (ushort)0 : (ushort)sectionCount),
            .. Half(ExtendedNumbering ? (ushort)0xffff : (ushort)(sectionCount - 1)),
        ];
        byte[] rest = is64
            ? [.. Half(Type), .. Half(Machine), .. Word(1), .. Xword(0), .. Xword(64), .. Xword(sectionTable), .. counts]
            : [.. Half(Type), .. Half(Machine), .. Word(1), .. Word(0), .. Word(52), .. Word((uint)sectionTable), .. counts];
        rest.CopyTo(file, 16);
    }

    private void WriteSegment(byte[] file, int index, uint type, uint flags, ulong offset, ulong address, ulong size, uint alignment)
    {
        byte[] bytes = is64
            ? [
                .. Word(type), .. Word(flags), .. Xword(offset), .. Xword(address), .. Xword(address), .. Xword(size), .. Xword(size),
                .. Xword(alignment),
            ]
            : [
                .. Word(type), .. Word((uint)offset), .. Word((uint)address), .. Word((uint)address), .. Word((uint)size),
                .. Word((uint)size), .. Word(flags), .. Word(alignment),
            ];
        bytes.CopyTo(file, (is64 ? 64 : 52) + index * bytes.Length);
    }

    private byte[] Half(ushort value)
    {
        var bytes = new byte[2];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        return bytes;
    }

    private byte[] Word(uint value)
    {
        var bytes = new byte[4];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private byte[] Xword(ulong value)
    {
        var bytes = new byte[8];
        if (isBigEndian)
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
