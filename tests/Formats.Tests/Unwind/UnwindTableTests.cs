using Diagnose.Formats.Elf;
using Diagnose.Formats.Tests.Elf;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>How the entry of an address is found.</summary>
public class UnwindTableTests
{
    private static readonly FrameProgram s_program = new(X64Registers.Columns);

    [Theory]
    [InlineData(true, true), InlineData(true, false), InlineData(false, true)]
    public void The_entry_of_an_address_is_found_by_the_search_table_and_without(bool hasHeader, bool hasSections)
    {
        var elf = new UnwindElf { HasSections = hasSections };
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        int second = elf.EhFrame.Frame(common, 0x1100, 0x20, [0x0e, 24]), first = elf.EhFrame.Frame(common, 0x1000, 0x40, [0x0e, 16]);
        if (hasHeader)
            elf.MakeHeader((0x1000, first), (0x1100, second));
        UnwindTable table = elf.Table(out byte[] file);
        Assert.Equal([0, 16, 16, 0, 0, 24, 24, 0], new ulong[] { 0xfff, 0x1000, 0x103f, 0x1040, 0x10ff, 0x1100, 0x111f, 0x1120 }
            .Select(address => table.RowOf<X64Registers>(s_program, file, address).Number));
        Assert.Equal(hasHeader ? 0 : 24, table.MemoryBytes);
    }

    [Theory]
    [InlineData(0x3b), InlineData(0x1b), InlineData(0x3c), InlineData(0x04), InlineData(0x00)]
    public void Search_tables_of_other_encodings_are_read(byte encoding)
    {
        var elf = new UnwindElf { HasSections = false };
        int common = elf.EhFrame.Common(FrameBytes.AtCall), last = 0;
        List<byte> header = [1, 0x04, 0x04, encoding, .. BitConverter.GetBytes((ulong)UnwindElf.EhFrameAt), .. BitConverter.GetBytes(100UL)];
        for (ulong i = 0; i < 100; i++)
        {
            last = elf.EhFrame.Frame(common, 0x2000 + 16 * i, 16, [0x0e, (byte)i]);
            foreach (ulong value in new[] { 0x2000 + 16 * i, (ulong)(UnwindElf.EhFrameAt + last) })
            {
                ulong from = (encoding & 0x70) switch { 0x30 => UnwindElf.HeaderAt, 0x10 => UnwindElf.HeaderAt + (ulong)header.Count, _ => 0UL };
                header.AddRange(FrameBytes.Pointer((byte)(encoding & 0x0f), value - from, 0));
            }
        }

        elf.Header = [.. header];
        UnwindTable table = elf.Table(out byte[] file);
        for (ulong i = 0; i < 100; i++)
            Assert.Equal((int)i, table.RowOf<X64Registers>(s_program, file, 0x2000 + 16 * i + i % 16).Number);
    }

    [Theory]
    [InlineData("02 1b 03 3b")] // an unknown version
    [InlineData("01 1b ff ff fc0f0000")] // without a table
    [InlineData("01 ff ff ff")]
    [InlineData("01 1b")]
    [InlineData("01 1b 03 01 fc0f0000 01000000 00 00")] // of pointers that cannot be searched
    public void Without_a_search_table_that_can_be_read_all_entries_are_indexed(string header)
    {
        var elf = new UnwindElf { Header = FrameProgramTests.Bytes(header) };
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        elf.EhFrame.Frame(common, 0x1000, 0x40, [0x0e, 16]);
        UnwindTable table = elf.Table(out byte[] file);
        Assert.Equal(16, table.RowOf<X64Registers>(s_program, file, 0x1010).Number);
        Assert.Equal(12, table.MemoryBytes);
    }

    [Fact]
    public void What_eh_frame_does_not_know_debug_frame_may()
    {
        var elf = new UnwindElf();
        int common = elf.EhFrame.Common(FrameBytes.AtCall), debug = elf.DebugFrame.Common(FrameBytes.AtCall, "", version: 4);
        elf.MakeHeader((0x1000, elf.EhFrame.Frame(common, 0x1000, 0x40, [0x0e, 16])));
        elf.DebugFrame.Frame(debug, 0x1000, 0x100, [0x0e, 32]);
        elf.DebugFrame.Frame(debug, 0x1200, 0x100, [0x0f, 2, 0x77, 8]);
        UnwindTable table = elf.Table(out byte[] file);
        Assert.Equal(16, table.RowOf<X64Registers>(s_program, file, 0x103f).Number);
        Assert.Equal(32, table.RowOf<X64Registers>(s_program, file, 0x1040).Number);
        CompactRow row = table.RowOf<X64Registers>(s_program, file, 0x1200);
        Assert.Equal((RowKind.Program, true), (row.Kind, row.IsDebugFrame));
        Assert.True(table.TryRun(s_program, file, row.Number, row.IsDebugFrame, 0x1200));
    }

    [Fact]
    public void Code_of_a_known_shape_needs_no_entry()
    {
        var elf = new UnwindElf { PltBytes = 64, Init = [0x48, 0x83, 0xec, 0x08, .. new byte[18], 0xc3], EntryPoint = 0x1800 };
        elf.EhFrame.Common(FrameBytes.AtCall);
        UnwindTable table = elf.Table(out byte[] file);
        (ulong, int)[] plt = [(0, 16), (6, 24), (12, 24), (16, 8), (22, 8), (27, 16), (32, 8), (43, 16)];
        foreach ((ulong offset, int cfa) in plt)
            Assert.Equal(cfa, table.RowOf<X64Registers>(s_program, file, UnwindElf.PltAt + offset).Number);
        (ulong, int)[] init = [(0, 8), (4, 16), (21, 16), (22, 8)];
        foreach ((ulong offset, int cfa) in init)
            Assert.Equal(cfa, table.RowOf<X64Registers>(s_program, file, UnwindElf.InitAt + offset).Number);
        Assert.Equal(RowKind.Outermost, table.RowOf<X64Registers>(s_program, file, 0x1810).Kind);
        Assert.Equal(RowKind.None, table.RowOf<X64Registers>(s_program, file, 0x1900).Kind);

        elf.Init = [0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x83, 0xec, 0x08, .. new byte[18], 0xc3];
        table = elf.Table(out file);
        Assert.Equal(8, table.RowOf<X64Registers>(s_program, file, UnwindElf.InitAt + 4).Number);
        Assert.Equal(16, table.RowOf<X64Registers>(s_program, file, UnwindElf.InitAt + 8).Number);
    }

    [Fact]
    public void Files_of_other_machines_have_no_table()
    {
        foreach ((bool is64, bool isBigEndian) in new[] { (false, false), (true, true), (false, true) })
        {
            byte[] file = new TestElf(is64, isBigEndian).Write();
            Assert.True(ElfImage.TryParse(file, out ElfImage elf, out _));
            Assert.Null(UnwindTable.Build(elf));
            Assert.Empty(UnwindTable.RangesOf(elf));
        }
    }

    /// <summary>What is named as needed is all that is read: with every other byte of the file gone the rows are the same.</summary>
    [Fact]
    public void Only_the_ranges_that_are_named_are_read()
    {
        const string Path = "/bin/bash";
        if (!File.Exists(Path))
            Assert.Skip($"there is no {Path}");
        byte[] file = File.ReadAllBytes(Path), part = new byte[file.Length];
        Assert.True(ElfImage.TryParse(file, out ElfImage elf, out _));
        Assert.True(elf.TrySectionNames(out ElfSection names));
        int sections = (int)BitConverter.ToUInt64(file, 40), segments = (int)BitConverter.ToUInt64(file, 32);
        List<FileRange> ranges =
        [
            new(0, 64), new(segments, elf.SegmentCount * 56), new(sections, elf.SectionCount * 64), new((long)names.Offset, (long)names.Size),
            .. UnwindTable.RangesOf(elf),
        ];
        Assert.InRange(ranges.Sum(range => range.Size), 1000, file.Length / 4);
        foreach (FileRange range in ranges)
            file.AsSpan((int)range.Offset, (int)range.Size).CopyTo(part.AsSpan((int)range.Offset));
        Assert.True(ElfImage.TryParse(part, out ElfImage partial, out _));
        UnwindTable whole = UnwindTable.Build(elf)!, some = UnwindTable.Build(partial)!;
        Assert.NotEqual(whole.Number, some.Number);
        Assert.True(elf.TrySection(".text"u8, out ElfSection text));
        Assert.True(elf.TrySection(".init"u8, out ElfSection init));
        int rows = 0;
        foreach (ulong address in Enumerable.Range(0, 5000).Select(i => i < 20 ? init.Address + (ulong)i : text.Address + (ulong)i * (text.Size / 5000)))
        {
            CompactRow row = whole.RowOf<X64Registers>(s_program, file, address);
            Assert.Equal(row, some.RowOf<X64Registers>(s_program, part, address));
            rows += row.Kind == RowKind.Simple ? 1 : 0;
        }

        Assert.True(rows > 4000);
    }
}
