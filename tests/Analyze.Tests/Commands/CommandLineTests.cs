namespace Diagnose.Analyze.Tests.Commands;

/// <summary>The program itself, started with command lines that make no sense.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "report")]
    [InlineData("no-such-command", "no-such-command")]
    [InlineData("report", "report")]
    [InlineData("report --nope", "--nope")]
    [InlineData("report --nope x", "--nope")]
    [InlineData("report --remove", "--list")]
    [InlineData("report - --list=-", "standard input")]
    [InlineData("report x - -", "standard input")]
    [InlineData("info a b", "b")]
    [InlineData("flame --output=x", "--input")]
    [InlineData("flame --input=x --output=y --format=png", "png")]
    [InlineData("flame --input=x --output=y --min-width=-1", "--min-width")]
    [InlineData("flame --input=x --output=y --min-width=wide", "wide")]
    [InlineData("flame --input=x --output=y --depth=0", "--depth")]
    [InlineData("flame --diff x --output=y", "--diff")]
    [InlineData("flame --diff - - --output=y", "only once")]
    [InlineData("flame --diff x y --input=z --output=y", "not both")]
    [InlineData("flame --input=x --normalize=hits --output=y", "--normalize")]
    [InlineData("flame --diff x y --normalize=weight --output=y", "weight")]
    public void A_bad_request_gives_one_line_that_names_the_culprit_and_status_2(string line, string culprit)
    {
        (int status, string output, string error) = AnalyzeProgram.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((2, ""), (status, output));
        Assert.Contains(culprit, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("flame", "--help")]
    [InlineData("--version")]
    public void Help_and_version_go_to_standard_output(params string[] args)
    {
        (int status, string output, string error) = AnalyzeProgram.Run(args);
        Assert.Equal((0, ""), (status, error));
        Assert.NotEmpty(output);
    }
}
