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
    [InlineData("flame --input=x --output=y --per=stack", "stack")]
    [InlineData("report x --pid=a", "--pid takes a whole number, not 'a'")]
    [InlineData("report x --tgid=-1", "--tgid takes a whole number, not '-1'")]
    [InlineData("report x --cpu=3-1", "the range '3-1' runs backwards")]
    [InlineData("report x --cpu=0,a", "'a' is not a CPU number")]
    [InlineData("report x --from=yesterday", "--from takes seconds")]
    [InlineData("report x --from=2 --to=1", "--from is later than --to")]
    [InlineData("report x --include=(", "--include and --exclude take regular expressions")]
    [InlineData("report x --exclude=(?=a)", "which cannot be done")]
    [InlineData("report x --comm=", "--comm takes a NAME, not nothing")]
    [InlineData("report x --limit=0", "--limit takes a whole number from 1 on, not '0'")]
    [InlineData("report x --remove --limit=1", "--remove would delete")]
    [InlineData("report x --remove --cpu=0", "--remove would delete")]
    [InlineData("report x --remove --event=e", "--remove would delete")]
    [InlineData("summary", "summary needs a FILE.dtt")]
    [InlineData("report x --list=", "--list")]
    [InlineData("flame --output=x --input=", "--input")]
    [InlineData("top --count=", "--count")]
    [InlineData("summary x --by=color", "color")]
    [InlineData("summary - -", "standard input")]
    [InlineData("top x --sort=name", "name")]
    [InlineData("top x --count=1", "--count is for the recorder")]
    [InlineData("top --interval=100000", "from 1 to 86400")]
    [InlineData("top --from=1", "choose among the hits of a FILE")]
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
