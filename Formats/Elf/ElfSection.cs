namespace Diagnose.Formats.Elf;

/// <summary>One section header (Elf32_Shdr, Elf64_Shdr). <paramref name="NameOffset"/> is into the section name table.</summary>
public readonly record struct ElfSection(
    int Index, uint NameOffset, ElfSectionType Type, ElfSectionAttributes Attributes, ulong Address, ulong Offset, ulong Size,
    uint Link, uint Info, ulong Alignment, ulong EntrySize)
{
    internal const int Size32 = 40, Size64 = 64;

    public bool IsExecutable => (Attributes & ElfSectionAttributes.ExecInstr) != 0;

    /// <summary>The bytes in the file are a compression header and a compressed stream, not the section's contents.</summary>
    public bool IsCompressed => (Attributes & ElfSectionAttributes.Compressed) != 0;

    /// <summary>Whether the section holds this address in memory.</summary>
    public bool Covers(ulong address) => address >= Address && address - Address < Size;

    internal static ElfSection Read(scoped in ElfFields fields, int at, int index) => fields.Is64
        ? new(
            index, fields.Word(at), (ElfSectionType)fields.Word(at + 4), (ElfSectionAttributes)fields.Xword(at + 8),
            fields.Xword(at + 16), fields.Xword(at + 24), fields.Xword(at + 32),
            fields.Word(at + 40), fields.Word(at + 44), fields.Xword(at + 48), fields.Xword(at + 56))
        : new(
            index, fields.Word(at), (ElfSectionType)fields.Word(at + 4), (ElfSectionAttributes)fields.Word(at + 8),
            fields.Word(at + 12), fields.Word(at + 16), fields.Word(at + 20),
            fields.Word(at + 24), fields.Word(at + 28), fields.Word(at + 32), fields.Word(at + 36));
}
