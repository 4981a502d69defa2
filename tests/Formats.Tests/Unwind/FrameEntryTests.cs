using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Common entries and frames' entries in all the ways in which they are written.</summary>
public class FrameEntryTests
{
    [Theory]
    [InlineData(false, 1, false), InlineData(false, 3, false), InlineData(false, 1, true)]
    [InlineData(true, 1, false), InlineData(true, 3, false), InlineData(true, 4, false), InlineData(true, 4, true)]
    public void Versions_and_lengths_of_both_sections_are_read(bool isDebugFrame, byte version, bool is64)
    {
        var frames = new FrameBytes(isDebugFrame);
        frames.Common([]); // another one before it: the entry's reference is not 0
        int common = frames.Common(FrameBytes.AtCall, isDebugFrame ? "" : "zR", version: version, is64: is64);
        int at = frames.Frame(common, 0x2000, 0x30, [0x41, 0x0e, 0x10], is64);
        Read(frames, at, out CommonEntry read, out FrameEntry entry);
        Assert.Equal((common, 1u, -8, 16), (read.At, read.CodeAlignment, read.DataAlignment, read.ReturnAddress));
        Assert.Equal((0x2000UL, 0x30UL), (entry.Start, entry.Length));
        Assert.Equal([0x41, 0x0e, 0x10], frames.Bytes[entry.Program..entry.ProgramEnd]);
        Assert.Equal(FrameBytes.AtCall, frames.Bytes[read.Program..read.ProgramEnd]);
        Assert.True(entry.Covers(0x2000) && entry.Covers(0x202f) && !entry.Covers(0x2030) && !entry.Covers(0x1fff));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("z", "", false)]
    [InlineData("zR", "1b", false)]
    [InlineData("zRS", "1b", true)]
    [InlineData("zPLR", "9b 01020304 1b 1b", false)] // as of C++, with an indirect personality
    [InlineData("zPLR", "00 0102030405060708 1b 1b", false)]
    [InlineData("zRB", "1b", false)]
    [InlineData("zR?", "1b 99 99", false)] // an unknown letter at the end costs nothing
    public void Augmentations_are_understood(string letters, string data, bool isSignalFrame)
    {
        var frames = new FrameBytes();
        int common = frames.Common(FrameBytes.AtCall, letters, FrameProgramTests.Bytes(data));
        Assert.True(CommonEntry.TryRead(frames.Bytes, frames.Section, common, out CommonEntry read));
        Assert.Equal(isSignalFrame, read.IsSignalFrame);
        Assert.Equal(letters.Contains('R', StringComparison.Ordinal) ? 0x1b : 0, read.PointerEncoding);
        Assert.Equal(letters.StartsWith('z'), read.HasAugmentationData);
        Assert.Equal(FrameBytes.AtCall, frames.Bytes[read.Program..read.ProgramEnd]);
    }

    [Fact]
    public void An_old_entry_with_exception_data_is_read()
    {
        var frames = new FrameBytes();
        int common = frames.Common([0xaa], "eh", header: [1, 2, 3, 4, 5, 6, 7, 8, 1, 0x78, 16]);
        Assert.True(CommonEntry.TryRead(frames.Bytes, frames.Section, common, out CommonEntry read));
        Assert.Equal([0xaa], frames.Bytes[read.Program..read.ProgramEnd]);
    }

    [Fact]
    public void Augmentation_data_of_a_frame_is_passed_over()
    {
        var frames = new FrameBytes();
        int at = frames.Frame(frames.Common(FrameBytes.AtCall, "zRL", [0x1b, 0x1b]), 0x2000, 16, [0x0e, 0x10], augmentation: [4, 9, 9, 9, 9]);
        Read(frames, at, out _, out FrameEntry entry);
        Assert.Equal([0x0e, 0x10], frames.Bytes[entry.Program..entry.ProgramEnd]);
    }

    [Theory]
    [InlineData(2, "zR", "1b", "01 78 10")] // version 2 there never was
    [InlineData(1, "x", "", "01 78 10")]
    [InlineData(1, "zzzzzzzzzzzzzzzzzzzz", "", "01 78 10")]
    [InlineData(1, "zR", "1b", "01")] // cut
    [InlineData(1, "zR", "1b", "80 80 80 01 78 10")] // code alignment of 2 MB
    [InlineData(3, "zR", "1b", "01 78 80 80 01")] // return address in column 16384
    public void A_common_entry_that_makes_no_sense_is_refused(byte version, string letters, string data, string header)
    {
        var frames = new FrameBytes();
        int common = frames.Common([], letters, FrameProgramTests.Bytes(data), version, header: FrameProgramTests.Bytes(header));
        Assert.False(CommonEntry.TryRead(frames.Bytes, frames.Section, common, out _));
    }

    [Fact]
    public void An_entry_is_refused_where_it_refers_to_no_common_entry_or_ends_outside()
    {
        var frames = new FrameBytes();
        int common = frames.Common(FrameBytes.AtCall), first = frames.Frame(common, 0x2000, 16, []);
        int wrong = frames.Frame(first, 0x3000, 16, []);
        CommonEntry read = default;
        Assert.True(FrameEntry.TryRead(frames.Bytes, frames.Section, first, ref read, out _));
        Assert.False(FrameEntry.TryRead(frames.Bytes, frames.Section, wrong, ref read, out _));
        read = default;
        Assert.False(FrameEntry.TryRead(frames.Bytes, frames.Section, common, ref read, out _)); // itself a common one
        Assert.False(FrameEntry.TryRead(frames.Bytes, frames.Section with { Size = wrong - 1 }, first, ref read, out _));
        Assert.False(FrameEntry.TryRead(frames.Bytes, frames.Section, -4, ref read, out _));
        Assert.False(FrameEntry.TryRead(frames.Bytes, frames.Section, frames.Count, ref read, out _));
        for (int length = 0; length < wrong; length++)
        {
            read = default;
            byte[] cut = frames.Bytes[..length];
            Assert.False(FrameEntry.TryRead(cut, frames.Section, first, ref read, out _));
        }
    }

    [Fact]
    public void An_index_has_all_entries_in_order_and_passes_over_what_is_between()
    {
        var frames = new FrameBytes();
        int common = frames.Common(FrameBytes.AtCall);
        int third = frames.Frame(common, 0x3000, 16, []);
        int first = frames.Frame(common, 0x1000, 16, []);
        frames.Raw(0, 0, 0, 0); // the end of one object file's part
        int other = frames.Common(FrameBytes.AtCall, "zR", [0x04]);
        int second = frames.Frame(other, 0x2000, 16, []);
        frames.Frame(first, 0x2500, 16, []); // refers to no common entry
        frames.Raw(0xff, 0xff, 0, 0); // cut
        FrameIndex index = FrameIndex.Build(frames.Bytes, frames.Section);
        Assert.Equal(3, index.Count);
        Assert.False(index.TryFind(0xfff, out _));
        foreach ((ulong address, int expected) in new[] { (0x1000UL, first), (0x1fffUL, first), (0x2000UL, second), (0x2501UL, second), (0x3000UL, third), (ulong.MaxValue, third) })
        {
            Assert.True(index.TryFind(address, out int entry));
            Assert.Equal(expected, entry);
        }
    }

    private static void Read(FrameBytes frames, int at, out CommonEntry common, out FrameEntry entry)
    {
        common = default;
        Assert.True(FrameEntry.TryRead(frames.Bytes, frames.Section, at, ref common, out entry));
    }
}
