using Diagnose.Analyze.Output;

namespace Diagnose.Analyze.Tests.Output;

public class FileProgressTests
{
    private const string What = "diagnose-tools flame: /a/very/long/path/进程链/recording.dtt";

    [Theory]
    [InlineData("7 %")]
    [InlineData("12345.6 MB")]
    public void The_line_fits_whatever_the_name_is_and_keeps_its_figures(string far)
    {
        for (int columns = 1; columns < 100; columns++)
        {
            string line = FileProgress.Line(What, far, columns);
            Assert.InRange(TextWidth.Of(line), 0, columns - 1);
            Assert.Equal(columns > far.Length, line.EndsWith(far, StringComparison.Ordinal));
        }

        Assert.Equal($"{What}: {far}", FileProgress.Line(What, far, 100));
        Assert.Equal($"{What}: {far}", FileProgress.Line(What, far, 0));
        Assert.Equal($"diagnose-tools flame: /a/…: {far}", FileProgress.Line(What, far, 29 + far.Length));
    }
}
