using System.Text;
using Diagnose.Formats.Elf;
using static Diagnose.Formats.Tests.Elf.TestElf;

namespace Diagnose.Formats.Tests.Elf;

public class ElfSymbolIndexTests
{
    private const byte NoType = 0, Object = 1, Function = 2, SectionType = 3, Tls = 6, IndirectFunction = 10;
    private const byte Local = 0, Global = 1, Weak = 2;

    [Theory, MemberData(nameof(ElfImageTests.ClassesAndByteOrders), MemberType = typeof(ElfImageTests))]
    public void A_symbol_covers_its_bytes_and_no_others(bool is64, bool isBigEndian)
    {
        var elf = new TestElf(is64, isBigEndian) { SymTab = { new("f", TextAddress + 0x10, 0x20) } };

        Assert.Equal(["", "f", "f", ""], Names(elf, 0xf, 0x10, 0x2f, 0x30));
    }

    [Fact]
    public void The_innermost_symbol_wins_and_the_enclosing_one_covers_the_rest()
    {
        var elf = new TestElf
        {
            SymTab =
            {
                new("outer", TextAddress, 0x100), new("inner", TextAddress + 0x10, 0x20), new("core", TextAddress + 0x18, 0x8),
                new("across", TextAddress + 0xf0, 0x20),
            },
        };

        Assert.Equal(
            ["outer", "inner", "core", "inner", "outer", "outer", "across", "across", ""],
            Names(elf, 0, 0x10, 0x18, 0x20, 0x30, 0xef, 0xf0, 0x10f, 0x110));
    }

    [Fact]
    public void Any_number_of_small_symbols_does_not_hide_the_one_around_them()
    {
        var elf = new TestElf { SymTab = { new("outer", TextAddress, TextSize) } };
        for (var at = 0u; at < 0x3f0; at += 2)
            elf.SymTab.Add(new("small", TextAddress + 1 + at, 1));

        Assert.Equal(["outer", "small", "outer"], Names(elf, 0, 1, TextSize - 1));
    }

    [Fact]
    public void A_symbol_without_size_reaches_to_the_next_one_or_its_sections_end()
    {
        var elf = new TestElf
        {
            SymTab = { new("_start", TextAddress, 0, NoType), new("next", TextAddress + 0x40, 8), new("last", TextAddress + 0x80, 0) },
        };

        Assert.Equal(
            ["_start", "_start", "next", "", "last", "last", ""],
            Names(elf, 0, 0x3f, 0x40, 0x48, 0x80, TextSize - 1, TextSize));
    }

    [Fact]
    public void A_label_without_size_inside_a_sized_function_does_not_hide_it()
    {
        var elf = new TestElf { SymTab = { new("f", TextAddress, 0x40), new("again", TextAddress + 0x10, 0, NoType) } };

        Assert.Equal(["f", "f", ""], Names(elf, 0x10, 0x3f, 0x40));
    }

    [Fact]
    public void Only_code_is_kept()
    {
        var elf = new TestElf
        {
            SymTab =
            {
                new("undefined", TextAddress, 8, Section: NoSection), new("object", TextAddress, 8, Object),
                new("", TextAddress, 8), new("section", TextAddress, 8, SectionType), new("tls", TextAddress, 8, Tls),
                new("data_label", DataAddress, 8, NoType, Section: Data), new("absolute", TextAddress, 8, NoType, Section: 0xfff1),
                new("kept", TextAddress + 8, 8, IndirectFunction),
            },
        };

        Assert.Equal(["", "kept", ""], Names(elf, 0, 8, DataAddress - TextAddress));
    }

    [Theory]
    [InlineData(183, false), InlineData(243, false), InlineData(62, true)]
    public void Mapping_symbols_are_skipped_on_the_machines_that_have_them(ushort machine, bool kept)
    {
        var elf = new TestElf { Machine = machine, SymTab = { new("$x", TextAddress, 0, NoType, Local), new("$d.7", TextAddress + 8, 0, NoType, Local) } };

        Assert.Equal(kept ? ["$x", "$d.7"] : ["", ""], Names(elf, 0, 8));
    }

    [Fact]
    public void Thumb_code_is_looked_up_without_its_mark()
    {
        var elf = new TestElf(is64: false) { Machine = 40, SymTab = { new("thumb", TextAddress + 0x11, 8) } };

        Assert.Equal(["", "thumb", ""], Names(elf, 0xf, 0x10, 0x18));
    }

    public static TheoryData<string, string> Aliases => new()
    {
        { "unsized:0:Global sized:8:Local", "sized" },
        { "weak:8:Weak global:8:Global local:8:Local", "global" },
        { "local:8:Local weak:8:Weak", "local" },
        { "__libc_write:8:Global write:8:Global", "write" },
        { "short:8:Global longer:8:Global", "longer" },
        { "bbb:8:Global aaa:8:Global ccc:8:Global", "aaa" },
    };

    [Theory, MemberData(nameof(Aliases))]
    public void The_choice_among_aliases_does_not_depend_on_their_order(string aliases, string best)
    {
        var symbols = aliases.Split(' ').Select(a => a.Split(':')).Select(a => new Symbol(
            a[0], TextAddress, ulong.Parse(a[1], System.Globalization.CultureInfo.InvariantCulture),
            Binding: a[2] switch { "Global" => Global, "Weak" => Weak, _ => Local })).ToList();
        var forward = new TestElf();
        forward.SymTab.AddRange(symbols);
        var backward = new TestElf();
        backward.SymTab.AddRange(symbols.AsEnumerable().Reverse());

        Assert.Equal([best], Names(forward, 0));
        Assert.Equal([best], Names(backward, 0));
    }

    [Fact]
    public void A_longer_alias_still_covers_what_the_better_one_does_not()
    {
        var elf = new TestElf { SymTab = { new("whole", TextAddress, 0x40, Binding: Local), new("entry", TextAddress, 0x10) } };

        Assert.Equal(["entry", "whole", "whole", ""], Names(elf, 0xf, 0x10, 0x3f, 0x40));
    }

    [Fact]
    public void Both_tables_are_read_and_the_linkers_one_is_preferred()
    {
        var elf = new TestElf
        {
            SymTab = { new("a", TextAddress, 8) },
            DynSym = { new("longer_name_of_a", TextAddress, 8), new("b", TextAddress + 8, 8) },
        };
        Assert.True(ElfImage.TryParse(elf.Write(), out var image, out _));
        var index = ElfSymbolIndex.Build(image);

        Assert.Equal(["a", "b"], Names(elf, 0, 8));
        Assert.True(index.TryFind(TextAddress, out var a) && index.TryFind(TextAddress + 8, out var b));
        Assert.Equal(ElfSymbolSource.SymTab, a.Source);
        index.TryFind(TextAddress + 8, out b);
        Assert.Equal(ElfSymbolSource.DynSym, b.Source);
        Assert.Equal("b", Encoding.UTF8.GetString(b.Name(image.File)));
        Assert.Equal(2 * 24, index.MemoryBytes);
    }

    [Fact]
    public void Section_indexes_too_big_for_the_symbol_come_from_the_extended_table()
    {
        var elf = new TestElf { ExtendedSectionIndexes = true, SymTab = { new("f", TextAddress, 0, NoType), new("d", DataAddress, 0, NoType, Section: Data) } };

        Assert.Equal(["f", ""], Names(elf, 1, DataAddress - TextAddress));
    }

    [Fact]
    public void A_size_never_reaches_past_the_section()
    {
        var elf = new TestElf { SymTab = { new("huge", TextAddress, ulong.MaxValue) } };

        Assert.Equal(["huge", ""], Names(elf, TextSize - 1, TextSize));
    }

    [Fact]
    public void Relocatable_files_have_no_addresses_and_give_no_symbols() =>
        Assert.Equal([""], Names(new TestElf { Type = 1, SymTab = { new("f", TextAddress, 8) } }, 0));

    [Fact]
    public void A_name_is_found_in_the_tables_without_an_index()
    {
        var elf = new TestElf
        {
            SymTab =
            {
                new("init", TextAddress, 8, Binding: Local), new("init", TextAddress + 8, 8, Binding: Global),
                new("memcpy@@GLIBC_2.14", TextAddress + 16, 8), new("memcpy@GLIBC_2.2.5", TextAddress + 24, 8),
                new("object", TextAddress, 8, Object),
            },
            DynSym = { new("exported", TextAddress + 32, 8) },
        };
        Assert.True(ElfImage.TryParse(elf.Write(), out var image, out _));

        Assert.True(ElfSymbolIndex.TryFindByName(image, "init"u8, out var symbol));
        Assert.Equal(TextAddress + 8, symbol.Address);
        Assert.True(ElfSymbolIndex.TryFindByName(image, "memcpy"u8, out symbol));
        Assert.Equal(TextAddress + 16, symbol.Address);
        Assert.True(ElfSymbolIndex.TryFindByName(image, "exported"u8, out symbol));
        Assert.Equal((TextAddress + 32, 8u, ElfSymbolSource.DynSym), (symbol.Address, symbol.Size, symbol.Source));
        foreach (var absent in new[] { "", "ini", "initial", "object", "mem" })
            Assert.False(ElfSymbolIndex.TryFindByName(image, Encoding.UTF8.GetBytes(absent), out _), absent);
    }

    /// <summary>The names found at these distances from the start of the text; "" where nothing covers the address.</summary>
    private static string[] Names(TestElf elf, params ulong[] distances)
    {
        var file = elf.Write();
        Assert.True(ElfImage.TryParse(file, out var image, out var error), error);
        var index = ElfSymbolIndex.Build(image);
        var names = new string[distances.Length];
        for (var i = 0; i < names.Length; i++)
            names[i] = index.TryFind(TextAddress + distances[i], out var symbol) ? Encoding.UTF8.GetString(index.NameOf(image, symbol)) : "";
        return names;
    }
}
