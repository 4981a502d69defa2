using CsCheck;
using Diagnose.Analyze.Commands;

namespace Diagnose.Analyze.Tests.Commands;

public class FileNamesTests
{
    private static readonly string[] s_names = ["a", " b ", "c\rd", "进程", "-", "\"x\""];
    private static readonly string[] s_ends = ["\n", "\r\n", "\n\n", "\n \n\r\n"];

    [Fact]
    public void Every_line_is_a_name_whatever_it_ends_with() =>
        Gen.Select(Gen.Int[0, s_names.Length - 1], Gen.Int[0, s_ends.Length - 1]).Array[0, 9].Sample(lines => Assert.Equal(
            lines.Select(line => s_names[line.Item1]),
            FileNames.Read(new StringReader(string.Concat(lines.Select(line => s_names[line.Item1] + s_ends[line.Item2]))))));

    [Fact]
    public void The_last_line_needs_no_end() => Assert.Equal(["a", "b"], FileNames.Read(new StringReader("a\nb")));

    [Fact]
    public void A_line_that_can_be_no_name_is_an_error_after_the_names_before_it()
    {
        var names = new List<string>();
        var failure = Assert.Throws<IOException>(() => names.AddRange(FileNames.Read(new StringReader("a\n" + new string('x', 70_000)))));
        Assert.Contains("line 2", failure.Message, StringComparison.Ordinal);
    }
}
