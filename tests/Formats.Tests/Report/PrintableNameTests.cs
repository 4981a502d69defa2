using System.Buffers;
using System.Text;
using CsCheck;
using Diagnose.Formats.Report;

namespace Diagnose.Formats.Tests.Report;

public class PrintableNameTests
{
    private static string Print(ReadOnlySpan<byte> name)
    {
        var output = new ArrayBufferWriter<byte>();
        PrintableName.Write(name, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Theory]
    [InlineData("plain name")]
    [InlineData("命中 ünï 🦀")]
    [InlineData(@"back\slash \x0a")]
    [InlineData("")]
    public void Printable_text_stays_as_it_is(string name) => Assert.Equal(name, Print(Encoding.UTF8.GetBytes(name)));

    [Theory]
    [InlineData("a\nb", @"a\x0ab")]
    [InlineData("\u001b[31m", @"\x1b[31m")]
    [InlineData("\u007f", @"\x7f")]
    [InlineData("\u0085", @"\xc2\x85")]
    [InlineData("\u009b1m", @"\xc2\x9b1m")]
    [InlineData("a\u2028b\u2029", @"a\xe2\x80\xa8b\xe2\x80\xa9")]
    [InlineData("\u202eevil", @"\xe2\x80\xaeevil")]
    [InlineData("\u2066x\u2069", @"\xe2\x81\xa6x\xe2\x81\xa9")]
    [InlineData("\u200e\u200f\u061c", @"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c")]
    [InlineData("\uffff", @"\xef\xbf\xbf")]
    public void Controls_are_written_byte_by_byte(string name, string printed) => Assert.Equal(printed, Print(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void Bytes_that_are_not_UTF8_are_written_byte_by_byte()
    {
        Assert.Equal(@"a\xffb\xe5\x91", Print([(byte)'a', 0xff, (byte)'b', 0xe5, 0x91]));
        Assert.Equal(@"\xed\xa0\x80", Print([0xed, 0xa0, 0x80]));
        Assert.Equal(@"\xc0\xaf", Print([0xc0, 0xaf]));
    }

    [Fact]
    public void Any_bytes_become_valid_text_of_one_line_that_does_not_change_again() =>
        Gen.Byte.Array[0, 64].Sample(name =>
        {
            var room = new byte[PrintableName.MaxLength(name.Length)];
            var printed = room[..PrintableName.Write(name, room)];
            var text = new UTF8Encoding(false, true).GetString(printed);
            Assert.DoesNotContain(text, char.IsControl);
            Assert.True(PrintableName.IsPrintable(printed));
            Assert.Equal(PrintableName.IsPrintable(name), printed.AsSpan().SequenceEqual(name));
        });
}
