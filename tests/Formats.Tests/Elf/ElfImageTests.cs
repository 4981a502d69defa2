using System.Text;
using Diagnose.Formats.Elf;

namespace Diagnose.Formats.Tests.Elf;

public class ElfImageTests
{
    private static readonly byte[] SomeBuildId = [.. Enumerable.Range(0x10, 20).Select(i => (byte)i)];

    public static TheoryData<bool, bool> ClassesAndByteOrders => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    [Theory, MemberData(nameof(ClassesAndByteOrders))]
    public void Header_sections_and_segments_are_read_in_either_class_and_byte_order(bool is64, bool isBigEndian)
    {
        var file = new TestElf(is64, isBigEndian) { Type = 2, Machine = 183 }.Write();

        Assert.True(ElfImage.TryParse(file, out var image, out var error), error);
        Assert.Equal(is64, image.Is64);
        Assert.Equal(isBigEndian, image.IsBigEndian);
        Assert.Equal(ElfType.Executable, image.Type);
        Assert.Equal(ElfMachine.AArch64, image.Machine);
        Assert.Equal(2, image.SegmentCount);
        Assert.Equal(
            new ElfSegment(
                ElfSegmentType.Load, ElfSegmentAccess.Read | ElfSegmentAccess.Execute, 0x1000, TestElf.TextAddress, TestElf.TextSize,
                TestElf.TextSize, 0x1000),
            image.Segment(0));
        Assert.True(image.TrySection(".text"u8, out var text));
        Assert.Equal(1, text.Index);
        Assert.Equal(ElfSectionType.ProgBits, text.Type);
        Assert.True(text.IsExecutable);
        Assert.Equal((TestElf.TextAddress, 0x1000ul, TestElf.TextSize), (text.Address, text.Offset, text.Size));
        Assert.Equal(".text", Encoding.UTF8.GetString(image.NameOf(text)));
        Assert.Equal((int)TestElf.TextSize, image.BytesOf(text).Length);
        Assert.False(image.TrySection(".tex"u8, out _));
        Assert.False(image.TrySection(".text."u8, out _));
    }

    [Theory, MemberData(nameof(ClassesAndByteOrders))]
    public void Counts_beyond_the_header_are_read_from_section_0(bool is64, bool isBigEndian)
    {
        var file = new TestElf(is64, isBigEndian) { ExtendedNumbering = true, BuildId = SomeBuildId }.Write();

        Assert.True(ElfImage.TryParse(file, out var image, out _));
        Assert.Equal(2, image.SegmentCount);
        Assert.True(image.TrySection(".text"u8, out _));
        Assert.Equal(SomeBuildId, image.BuildId.ToArray());
    }

    [Theory]
    [InlineData(true, 4u), InlineData(true, 8u), InlineData(false, 4u), InlineData(false, 8u)]
    public void Build_id_is_found_in_segment_or_section_with_either_alignment(bool inSegment, uint alignment)
    {
        foreach (var isBigEndian in new[] { false, true })
        {
            var file = new TestElf(isBigEndian: isBigEndian)
            {
                BuildId = SomeBuildId, NotesInSegment = inSegment, NoteAlignment = alignment,
            }.Write();

            Assert.True(ElfImage.TryParse(file, out var image, out _));
            Assert.Equal(SomeBuildId, image.BuildId.ToArray());
        }
    }

    [Fact]
    public void A_file_without_notes_has_no_build_id()
    {
        Assert.True(ElfImage.TryParse(new TestElf().Write(), out var image, out _));
        Assert.True(image.BuildId.IsEmpty);
    }

    [Fact]
    public void Offsets_and_addresses_translate_through_the_loaded_segments_and_nowhere_else()
    {
        Assert.True(ElfImage.TryParse(new TestElf().Write(), out var image, out _));

        Assert.True(image.TryAddressOfOffset(0x1000, out var address));
        Assert.Equal(TestElf.TextAddress, address);
        Assert.True(image.TryAddressOfOffset(0x1000 + TestElf.TextSize - 1, out address));
        Assert.Equal(TestElf.TextAddress + TestElf.TextSize - 1, address);
        Assert.False(image.TryAddressOfOffset(0xfff, out _));
        Assert.False(image.TryAddressOfOffset(0x1000 + TestElf.TextSize, out _));
        Assert.False(image.TryAddressOfOffset(ulong.MaxValue, out _));

        Assert.True(image.TryOffsetOfAddress(TestElf.TextAddress + 5, out var offset));
        Assert.Equal(0x1005ul, offset);
        Assert.False(image.TryOffsetOfAddress(TestElf.TextAddress - 1, out _));
        Assert.False(image.TryOffsetOfAddress(TestElf.TextAddress + TestElf.TextSize, out _));
    }

    [Theory]
    [InlineData("", "not an ELF file")]
    [InlineData("#!/bin/sh\necho hello\n", "not an ELF file")]
    [InlineData("\u007fELF\u0003\u0001\u0001\0\0\0\0\0\0\0\0\0\0", "offset 4: unknown ELF class 3")]
    [InlineData("\u007fELF\u0002\u0007\u0001\0\0\0\0\0\0\0\0\0\0", "offset 5: unknown ELF byte order 7")]
    [InlineData("\u007fELF\u0002\u0001\u0001\0\0\0\0\0\0\0\0\0\0", "offset 17: the file ends inside the 64-byte ELF header")]
    public void What_is_not_elf_is_refused_with_the_reason(string file, string reason)
    {
        Assert.False(ElfImage.TryParse(Encoding.ASCII.GetBytes(file), out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_section_table_leaves_segments_and_build_id()
    {
        var file = new TestElf { BuildId = SomeBuildId }.Write();

        Assert.True(ElfImage.TryParse(file.AsSpan(0, file.Length - 1), out var image, out _));
        Assert.True(image.SectionTableIsCut);
        Assert.Equal(0, image.SectionCount);
        Assert.Equal(SomeBuildId, image.BuildId.ToArray());
        Assert.Equal(0, ElfSymbolIndex.Build(image).Count);
    }

    [Fact]
    public void Cut_program_headers_are_an_error_that_names_the_offset()
    {
        var file = new TestElf().Write();

        Assert.False(ElfImage.TryParse(file.AsSpan(0, 100), out _, out var error));
        Assert.Contains("offset 64: 2 program headers of 56 bytes lie outside the file of 100 bytes", error, StringComparison.Ordinal);
    }
}
