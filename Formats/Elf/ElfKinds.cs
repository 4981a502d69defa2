namespace Diagnose.Formats.Elf;

/// <summary>e_type of the ELF header (System V gABI, "ELF Header"); other values can appear.</summary>
public enum ElfType : ushort
{
    None = 0,
    Relocatable = 1,
    Executable = 2,
    SharedObject = 3,
    Core = 4,
}

/// <summary>e_machine of the ELF header, the ones this code treats in a special way; other values can appear.</summary>
public enum ElfMachine : ushort
{
    None = 0,
    I386 = 3,
    Ppc64 = 21,
    S390 = 22,
    Arm = 40,
    X64 = 62,
    AArch64 = 183,
    RiscV = 243,
}

/// <summary>p_type of a program header (System V gABI, "Program Header").</summary>
public enum ElfSegmentType : uint
{
    Null = 0,
    Load = 1,
    Dynamic = 2,
    Interpreter = 3,
    Note = 4,
    Tls = 7,
    GnuEhFrame = 0x6474e550,
    GnuStack = 0x6474e551,
}

/// <summary>p_flags of a program header.</summary>
[Flags]
public enum ElfSegmentAccess : uint
{
    None = 0,
    Execute = 1,
    Write = 2,
    Read = 4,
}

/// <summary>sh_type of a section header (System V gABI, "Sections").</summary>
public enum ElfSectionType : uint
{
    Null = 0,
    ProgBits = 1,
    SymTab = 2,
    StrTab = 3,
    Rela = 4,
    Note = 7,
    NoBits = 8,
    DynSym = 11,
    SymTabShndx = 18,
    GnuVersionSymbols = 0x6fffffff,
}

/// <summary>sh_flags of a section header.</summary>
[Flags]
public enum ElfSectionAttributes : ulong
{
    None = 0,
    Write = 1,
    Alloc = 2,
    ExecInstr = 4,
    Tls = 0x400,
    Compressed = 0x800,
}
