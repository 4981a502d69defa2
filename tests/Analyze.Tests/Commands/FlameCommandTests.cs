using System.Globalization;

namespace Diagnose.Analyze.Tests.Commands;

/// <summary><c>flame</c> as a program: what it writes, and what it says.</summary>
public sealed class FlameCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("diagnose-flame-").FullName;

    private static string Sample(string name) => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../samples", name));

    private string Written(string name, params string[] args)
    {
        string file = Path.Combine(_folder, name);
        Assert.Equal((0, "", ""), AnalyzeProgram.Run(["flame", .. args, "--output=" + file]));
        return File.ReadAllText(file);
    }

    [Theory]
    [InlineData("graph.svg", "<?xml")]
    [InlineData("graph", "<?xml")]
    [InlineData("graph.html", "<!DOCTYPE html>")]
    [InlineData("graph.HTM", "<!DOCTYPE html>")]
    [InlineData("graph.folded", "CGROUP:[/];")]
    public void The_name_of_the_output_says_what_is_written(string name, string start) =>
        Assert.StartsWith(start, Written(name, "--input=" + Sample("vfs_read.dtt")), StringComparison.Ordinal);

    [Fact]
    public void The_format_can_be_another_than_the_name_says() =>
        Assert.StartsWith("<!DOCTYPE html>", Written("graph.svg", "--input=" + Sample("vfs_read.dtt"), "--format=html"), StringComparison.Ordinal);

    [Fact]
    public void Frames_are_left_out_by_width_and_by_depth()
    {
        string input = "--input=" + Sample("hrtimer_interrupt.dtt");
        string all = Written("all.svg", input), wide = Written("wide.svg", input, "--min-width=20.5"), flat = Written("flat.svg", input, "--depth=2");
        Assert.True(Count(wide, "<rect class=") < Count(all, "<rect class="));
        Assert.Equal(3, flat.Split('\n').Where(line => line.StartsWith("<g><title>", StringComparison.Ordinal)).Select(line => line.Split(" y=\"")[1].Split('"')[0]).Distinct().Count());
        Assert.All(wide.Split('\n').Where(line => line.StartsWith("<g><title>", StringComparison.Ordinal)),
            line => Assert.True(double.Parse(line.Split("width=\"")[1].Split('"')[0], CultureInfo.InvariantCulture) >= 20.5, line));
        Assert.Contains("\"icicle\":true", Written("hanging.svg", input, "--icicle"), StringComparison.Ordinal);

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }

    [Fact]
    public void Two_recordings_of_which_both_tell_how_long_they_took_are_compared_by_time()
    {
        string graph = Written("diff.svg", "--diff", Sample("vfs_read.dtt"), Sample("hrtimer_interrupt.dtt"));
        Assert.Matches("before 271 hits in [0-9.]+ s, after [0-9,]+ hits in [0-9.]+ s, compared per second; [0-9]+ names appeared, [0-9]+ vanished", graph);
        Assert.Contains("compared by share", Written("share.svg", "--diff", Sample("vfs_read.dtt"), Sample("hrtimer_interrupt.dtt"), "--normalize=hits"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recording_against_its_own_text_shows_no_change()
    {
        (_, string text, _) = AnalyzeProgram.Run("report", Sample("vfs_read.dtt"));
        string report = Path.Combine(_folder, "report.txt");
        File.WriteAllText(report, text);
        string[] lines = Written("diff.folded", "--diff", Sample("vfs_read.dtt"), report).TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.Equal(line.Split(' ')[^2], line.Split(' ')[^1]));
        Assert.Equal(271, lines.Sum(line => int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)));
        foreach (string[] files in (string[][])[[Sample("vfs_read.dtt"), report], [report, Sample("vfs_read.dtt")]])
            foreach (string[] options in (string[][])[[], ["--normalize=hits"], ["--from=0.5", "--to=0.9"]])
                Assert.DoesNotMatch(Changed, Written("diff.svg", ["--diff", .. files, .. options]).Split("id=\"foot\"")[0]);
    }

    /// <summary>A frame that has grown, shrunk, appeared or vanished.</summary>
    private const string Changed = "class=\"[gsnv][0-9]\" x=";

    [Fact]
    public void Only_the_time_that_is_wanted_counts_as_recorded()
    {
        string[] files = ["--diff", Sample("vfs_read.dtt"), Sample("hrtimer_interrupt.dtt")];
        string part = Written("part.svg", [.. files, "--from=0", "--to=0.2"]);
        Assert.Matches("before [0-9,]+ hits? in 0.2 s, after [0-9,]+ hits? in 0.2 s, compared per second", part);
        // That the recording ended within the window is known.
        Assert.Matches("before 150 hits in 0.0[0-9]+ s, after [0-9,]+ hits? in 0.4 s,", Written("end.svg", [.. files, "--from=0.5", "--to=0.9"]));
        Assert.Matches(Changed, part.Split("id=\"foot\"")[0]);
    }

    [Fact]
    public void What_cannot_be_compared_by_time_is_compared_by_share_which_is_said()
    {
        (_, string text, _) = AnalyzeProgram.Run("report", Sample("vfs_read.dtt"));
        string report = Path.Combine(_folder, "one.txt");
        File.WriteAllText(report, text[..(text.IndexOf("\n##\n", StringComparison.Ordinal) + 4)]);
        (int status, string output, string error) = AnalyzeProgram.Run("flame", "--diff", report, Sample("vfs_read.dtt"), "--output=-");
        Assert.Equal(0, status);
        Assert.Contains("compared by share", output, StringComparison.Ordinal);
        Assert.Contains("one.txt does not tell how long it took", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_side_without_a_hit_is_an_error_that_names_it()
    {
        string empty = Path.Combine(_folder, "empty.txt");
        File.WriteAllText(empty, "");
        (int status, _, string error) = AnalyzeProgram.Run("flame", "--diff", Sample("vfs_read.dtt"), empty, "--output=" + Path.Combine(_folder, "x.svg"));
        Assert.Equal(1, status);
        Assert.Contains("there is no hit in " + empty, error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
