using System.IO.Compression;
using System.Text;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Symbols;

namespace Diagnose.Formats.Tests.Symbols;

/// <summary>Symbols that a stripped file keeps in .gnu_debugdata; make.sh made the file.</summary>
public class MiniDebugTests
{
    /// <summary>Offsets in the file: its code lies at its addresses.</summary>
    private const ulong Hidden = 0x1000, Exported = 0x1005;

    private static byte[] Mini()
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Symbols", "mini.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        packed.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string? Name(ModuleFile file, ulong offset) =>
        file.TryFindSymbol(offset, out ulong start, out _, out ElfSymbolSource source, out ReadOnlySpan<byte> name)
            ? $"{Encoding.UTF8.GetString(name)}+{offset - start} {source}" : null;

    [Fact]
    public void Functions_that_are_not_exported_are_named_by_what_is_packed_and_others_by_the_file()
    {
        using ModuleFile file = ModuleFile.Open(new Image(Mini()))!;
        Assert.False(file.HasSymbolTable);
        Assert.Equal("hidden+1 SymTab", Name(file, Hidden + 1));
        Assert.Equal("exported+2 DynSym", Name(file, Exported + 2));
        long kept = file.SymbolBytes;
        file.DropSymbols();
        Assert.Equal(0, file.SymbolBytes);
        Assert.Equal("hidden+0 SymTab", Name(file, Hidden));
        Assert.InRange(file.SymbolBytes, 1, kept);
    }

    [Fact]
    public void A_damaged_section_takes_no_other_name_away()
    {
        byte[] bytes = Mini();
        Assert.True(ElfImage.TryParse(bytes, out ElfImage elf, out string error), error);
        Assert.True(elf.TrySection(".gnu_debugdata"u8, out ElfSection section));
        for (ulong at = 0; at < section.Size; at++)
        {
            byte[] damaged = [.. bytes];
            damaged[section.Offset + at] ^= 0x55;
            using ModuleFile file = ModuleFile.Open(new Image(damaged))!;
            Assert.Equal("exported+0 DynSym", Name(file, Exported));
            // Its checksums tell; a byte that none of them covers changes nothing.
            Assert.True(Name(file, Hidden) is null or "hidden+0 SymTab", $"byte {at}");
        }

        for (int length = (int)section.Offset; length < bytes.Length; length += 7)
        {
            using ModuleFile? cut = ModuleFile.Open(new Image(bytes[..length]));
            _ = cut is null ? null : Name(cut, Hidden);
        }
    }

    private sealed class Image(byte[] bytes) : IModuleImage
    {
        public int Length => bytes.Length;

        public ReadOnlySpan<byte> Bytes => bytes;

        public bool TryLoad(long offset, long count) => offset >= 0 && count >= 0 && offset <= bytes.Length;

        public void Forget()
        {
        }

        public void Dispose()
        {
        }
    }
}
