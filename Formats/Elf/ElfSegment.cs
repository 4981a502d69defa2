namespace Diagnose.Formats.Elf;

/// <summary>One program header (Elf32_Phdr, Elf64_Phdr). All numbers are bytes.</summary>
public readonly record struct ElfSegment(
    ElfSegmentType Type, ElfSegmentAccess Access, ulong Offset, ulong Address, ulong FileSize, ulong MemorySize, ulong Alignment)
{
    internal const int Size32 = 32, Size64 = 56;

    public bool IsExecutable => (Access & ElfSegmentAccess.Execute) != 0;

    internal static ElfSegment Read(scoped in ElfFields fields, int at) => fields.Is64
        ? new(
            (ElfSegmentType)fields.Word(at), (ElfSegmentAccess)fields.Word(at + 4), fields.Xword(at + 8),
            fields.Xword(at + 16), fields.Xword(at + 32), fields.Xword(at + 40), fields.Xword(at + 48))
        : new(
            (ElfSegmentType)fields.Word(at), (ElfSegmentAccess)fields.Word(at + 24), fields.Word(at + 4),
            fields.Word(at + 8), fields.Word(at + 16), fields.Word(at + 20), fields.Word(at + 28));
}
