using System.Buffers.Binary;

namespace Diagnose.Formats.Elf;

/// <summary>
/// Names the procedure linkage table of x86-64 files. Each entry jumps through a slot of the global offset table, and the
/// slot's relocation names the function; matching by slot, not by order, holds for .plt, .plt.sec and .plt.got of any linker
/// (x86-64 psABI, "Procedure Linkage Table").
/// </summary>
internal static class ElfPlt
{
    private const int RelocationSize = 24; // Elf64_Rela
    private const uint GlobDat = 6, JumpSlot = 7; // R_X64_*
    private const int MaxName = 4096, MaxNameBytes = 16 << 20;

    private static readonly byte[][] EntrySections = [[.. ".plt"u8], [.. ".plt.sec"u8], [.. ".plt.got"u8]];
    private static readonly byte[][] RelocationSections = [[.. ".rela.plt"u8], [.. ".rela.dyn"u8]];

    /// <summary>Adds a candidate for each entry that could be named and returns their names, each ending in NUL.</summary>
    public static byte[] Collect(scoped in ElfImage image, List<ElfSymbolCandidate> candidates)
    {
        if (image.Machine != ElfMachine.X64 || !image.Is64 || image.IsBigEndian)
            return [];
        var slots = Slots(image);
        if (slots.Count == 0)
            return [];
        var names = new List<byte>();
        foreach (var sectionName in EntrySections)
        {
            if (!image.TrySection(sectionName, out var section) || !section.IsExecutable)
                continue;
            // The psABI's entries have 16 bytes; those of .plt.got without indirect branch tracking have 8.
            var stride = section.EntrySize == 8 ? 8 : 16;
            var code = image.BytesOf(section);
            for (var at = 0; at <= code.Length - stride; at += stride)
            {
                if (!TrySlotOf(code.Slice(at, stride), unchecked(section.Address + (ulong)at), out var slot)
                    || !slots.TryGetValue(slot, out var nameAt))
                    continue;
                var name = ElfStrings.At(image.File, (int)nameAt);
                if (name.Length is 0 or > MaxName || names.Count > MaxNameBytes)
                    continue;
                candidates.Add(new()
                {
                    Address = unchecked(section.Address + (ulong)at),
                    End = unchecked(section.Address + (ulong)at + (ulong)stride),
                    NameAt = (uint)names.Count,
                    Source = ElfSymbolSource.Plt,
                });
                names.AddRange(name);
                names.AddRange("@plt\0"u8);
            }
        }

        return [.. names];
    }

    /// <summary>Slot address → file offset of the name of the function it will hold.</summary>
    private static Dictionary<ulong, uint> Slots(scoped in ElfImage image)
    {
        var slots = new Dictionary<ulong, uint>();
        foreach (var sectionName in RelocationSections)
        {
            if (!image.TrySection(sectionName, out var section) || section.IsCompressed
                || section.Type != ElfSectionType.Rela || section.Link >= (uint)image.SectionCount
                || !ElfSymbolTable.TryOpen(image, image.Section((int)section.Link), out var symbols))
                continue;
            var relocations = new ElfFields(image.BytesOf(section), is64: true, isBigEndian: false);
            for (var at = 0; at <= relocations.Bytes.Length - RelocationSize; at += RelocationSize)
            {
                var info = relocations.Xword(at + 8);
                if ((uint)info is not (GlobDat or JumpSlot) || info >> 32 >= (uint)symbols.Count)
                    continue;
                var symbol = symbols[(int)(info >> 32)];
                if (symbol.Name != 0 && symbol.Name < (uint)symbols.Names.Length)
                    slots.TryAdd(relocations.Xword(at), (uint)symbols.NamesAt + symbol.Name);
            }
        }

        return slots;
    }

    /// <summary>Decodes "jmp *slot(%rip)", after an optional endbr64 and with an optional bnd prefix.</summary>
    private static bool TrySlotOf(ReadOnlySpan<byte> entry, ulong address, out ulong slot)
    {
        var at = entry.StartsWith<byte>([0xf3, 0x0f, 0x1e, 0xfa]) ? 4 : 0;
        if (entry[at] == 0xf2)
            at++;
        slot = 0;
        if (at + 6 > entry.Length || entry[at] != 0xff || entry[at + 1] != 0x25)
            return false;
        var displacement = BinaryPrimitives.ReadInt32LittleEndian(entry[(at + 2)..]);
        slot = unchecked(address + (ulong)(at + 6) + (ulong)displacement);
        return true;
    }
}
