using System.Text;
using Diagnose.Analyze.Output;

namespace Diagnose.Analyze.Tests.Output;

/// <summary>Where nobody looks; how a terminal sees it is tested at one, with the built program.</summary>
public class TextTableTests
{
    [Fact]
    public void Columns_stand_below_each_other_by_the_width_that_is_seen_and_lines_end_without_blanks()
    {
        var table = new TextTable(new("n", IsNumber: true), new("name"), new("note"));
        table.Add(TextCell.Of(5), new("进程"), new("x"));
        table.Add(TextCell.Of(1234), new("ab"), new(""));
        using var stream = new MemoryStream();
        var terminal = new Terminal(stream);
        Assert.SkipUnless(!terminal.IsTerminal, "the tests run at a terminal");
        table.Write(terminal);
        terminal.Flush();
        Assert.Equal("   n  name  note\n   5  进程  x\n1234  ab\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "ab…")]
    [InlineData("进程链", 5, "进程…")]
    [InlineData("进程链", 4, "进…")]
    [InlineData("e\u0301e\u0301e\u0301", 2, "e\u0301…")]
    public void What_does_not_fit_is_cut_by_the_width_that_is_seen(string text, int most, string expected)
    {
        Assert.Equal(expected, TextWidth.Cut(text, most, out int width));
        Assert.InRange(width, 0, most);
        Assert.Equal(width, TextWidth.Of(expected));
    }
}
