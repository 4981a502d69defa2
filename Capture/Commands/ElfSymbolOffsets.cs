using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Formats.Elf;

namespace Diagnose.Capture.Commands;

/// <summary>Finds the place of a uprobe's symbol in its file.</summary>
internal sealed class ElfSymbolOffsets : ISymbolOffsets
{
    public bool TryFind(string file, string symbol, out ulong fileOffset, out string why)
    {
        fileOffset = 0;
        why = $"there is no file '{file}'";
        if (FileImage.OpenOwn(file) is not { } handle)
            return false;
        if (!FileImage.TryOpen(handle, int.MaxValue, out FileImage? image, out string? error))
        {
            why = $"'{file}' cannot be read: {error}";
            return false;
        }

        using (image)
        {
            image!.TryLoadAll();
            if (!ElfImage.TryParse(image.Bytes, out ElfImage elf, out error))
            {
                why = $"'{file}' is no ELF file: {error}";
                return false;
            }

            why = $"'{file}' has no function '{symbol}' in its symbol tables (a stripped file keeps only exported ones)";
            return ElfSymbolIndex.TryFindByName(elf, System.Text.Encoding.UTF8.GetBytes(symbol), out ElfSymbol found)
                && elf.TryOffsetOfAddress(found.Address, out fileOffset);
        }
    }
}
