using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Tests.Unwind;

public class EncodedPointerTests
{
    // The pointer is at offset 3 of a section at 0x5000.
    [Theory]
    [InlineData(0x00, "08 07 06 05 04 03 02 01", 0x0102030405060708UL)] // absptr
    [InlineData(0x01, "80 01", 128UL)] // uleb128
    [InlineData(0x02, "fe ff", 0xfffeUL)] // udata2
    [InlineData(0x03, "fe ff ff ff", 0xfffffffeUL)] // udata4
    [InlineData(0x04, "08 07 06 05 04 03 02 01", 0x0102030405060708UL)] // udata8
    [InlineData(0x08, "ff ff ff ff ff ff ff ff", ulong.MaxValue)] // signed
    [InlineData(0x09, "7e", ulong.MaxValue - 1)] // sleb128
    [InlineData(0x0a, "fe ff", ulong.MaxValue - 1)] // sdata2
    [InlineData(0x0b, "fe ff ff ff", ulong.MaxValue - 1)] // sdata4
    [InlineData(0x0c, "fe ff ff ff ff ff ff ff", ulong.MaxValue - 1)] // sdata8
    [InlineData(0x1b, "fd ff ff ff", 0x5000UL)] // pcrel
    [InlineData(0x1a, "fd ff", 0x5000UL)]
    [InlineData(0x3b, "10 00 00 00", 0x8010UL)] // datarel
    [InlineData(0x43, "10 00 00 00", 0x9010UL)] // funcrel
    [InlineData(0x50, "aa aa aa aa aa 08 07 06 05 04 03 02 01", 0x0102030405060708UL)] // aligned, at 0x5008
    [InlineData(0x1b, "00 00 00 00", 0UL)] // nothing stays nothing
    public void Pointers_of_each_encoding_are_read(byte encoding, string bytes, ulong expected)
    {
        byte[] file = [0, 0, 0, .. FrameProgramTests.Bytes(bytes)];
        var cursor = new DwarfCursor(file, 3, file.Length);
        ulong value = EncodedPointer.Read(ref cursor, encoding, new FrameSection(0, file.Length, 0x5000, false), 0x8000, 0x9000);
        Assert.False(cursor.Failed);
        Assert.Equal(expected, value);
        Assert.True(cursor.IsAtEnd);
        int size = EncodedPointer.SizeOf(encoding);
        Assert.True(size == 0 || encoding == 0x50 || size == file.Length - 3);
    }

    [Theory]
    [InlineData(0x9b)] // indirect: it would have to be read from the process
    [InlineData(0x23)] // textrel
    [InlineData(0x33)] // datarel without a base
    [InlineData(0x05), InlineData(0x0f), InlineData(0x63)]
    public void Pointers_that_cannot_be_followed_are_refused(byte encoding)
    {
        byte[] file = [1, 2, 3, 4, 5, 6, 7, 8];
        var cursor = new DwarfCursor(file, 0, file.Length);
        EncodedPointer.Read(ref cursor, encoding, new FrameSection(0, file.Length, 0x5000, false), 0, 0);
        Assert.True(cursor.Failed);
    }

    [Theory]
    [InlineData("00", 0UL, 0L)]
    [InlineData("7f", 127UL, -1L)]
    [InlineData("ff 00", 127UL, 127L)]
    [InlineData("80 7f", 0x3f80UL, -128L)]
    [InlineData("ff ff ff ff ff ff ff ff ff 01", ulong.MaxValue, -1L)]
    [InlineData("80 80 80 80 80 80 80 80 80 01", 1UL << 63, long.MinValue)]
    [InlineData("85 80 80 00", 5UL, 5L)] // padded
    public void Numbers_of_any_length_are_read(string bytes, ulong unsigned, long signed)
    {
        byte[] file = FrameProgramTests.Bytes(bytes);
        var cursor = new DwarfCursor(file, 0, file.Length);
        Assert.Equal(unsigned, cursor.Uleb());
        Assert.True(cursor.IsAtEnd && !cursor.Failed);
        cursor = new DwarfCursor(file, 0, file.Length);
        Assert.Equal(signed, cursor.Sleb());
        Assert.True(cursor.IsAtEnd && !cursor.Failed);
    }

    [Fact]
    public void Nothing_is_read_beyond_the_end()
    {
        byte[] file = [1, 2, 3, 0x80, 5, 6, 7, 8];
        var cursor = new DwarfCursor(file, 0, 4);
        Assert.Equal(0x0201, cursor.U16());
        Assert.Equal(0u, cursor.U32());
        Assert.True(cursor.Failed && cursor.IsAtEnd);
        cursor = new DwarfCursor(file, 3, 4);
        cursor.Uleb();
        Assert.True(cursor.Failed);
        cursor = new DwarfCursor(file, 0, 4);
        cursor.Skip(-1);
        Assert.True(cursor.Failed);
        Assert.True(new DwarfCursor(file, 0, 9).Failed);
        Assert.True(new DwarfCursor(file, -1, 4).Failed);
        Assert.True(new DwarfCursor(file, 5, 4).Failed);
        Assert.True(new DwarfCursor(file, 5, -4).Failed);
    }
}
