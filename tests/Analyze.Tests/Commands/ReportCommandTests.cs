using System.Globalization;
using System.Text.RegularExpressions;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Commands;

/// <summary>report of several files, as the program itself carries it out.</summary>
public sealed partial class ReportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("report").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex(@"^##CGROUP:\[.*?\]  (?<pid>\d+)      \[(?<number>\d+)\]", RegexOptions.Multiline)]
    private static partial Regex Hit();

    /// <summary>Hits of one thread, which tells the file.</summary>
    private static byte[] Trace(uint thread, int hits, ulong lost = 0, ulong dropped = 0) => SyntheticTrace.Write(writer =>
    {
        int context = writer.Definitions.Context(new ContextRow(thread, writer.Definitions.String("t"), 0, 0, 0));
        for (int i = 0; i < hits; i++)
            writer.AddHit((ulong)i, 0, 1, context, 0);
        if (lost > 0)
            writer.Definitions.Loss(new LossRow(1, 0, 0, LossReason.RingFull, lost));
        if (dropped > 0)
            writer.Definitions.Loss(new LossRow(1, 0, 0, LossReason.SpoolFull, dropped));
    });

    private string Put(string name, params byte[][] parts)
    {
        File.WriteAllBytes(Path.Combine(_folder, name), [.. parts.SelectMany(p => p)]);
        return name;
    }

    private (int Status, string Output, string Error) Report(params string[] args) => AnalyzeProgram.RunIn(_folder, "", ["report", .. args]);

    private static IEnumerable<(int, int)> Hits(string output) => Hit().Matches(output)
        .Select(m => (int.Parse(m.Groups["pid"].Value, CultureInfo.InvariantCulture), int.Parse(m.Groups["number"].Value, CultureInfo.InvariantCulture)));

    [Fact]
    public void Files_and_their_segments_are_printed_in_order_with_one_numbering()
    {
        Put("a", Trace(1, 2), Trace(2, 1));
        Put("b", Trace(3, 1));
        (int status, string output, string error) = Report("b", "a", "b");
        Assert.Equal((0, ""), (status, error));
        Assert.Equal([(3, 1), (1, 2), (1, 3), (2, 4), (3, 5)], Hits(output));
    }

    [Fact]
    public void A_list_names_files_behind_those_of_the_command_line()
    {
        foreach (uint thread in new uint[] { 1, 2, 3, 4 })
            Put("f " + thread, Trace(thread, 1));
        File.WriteAllText(Path.Combine(_folder, "list"), "f 2\r\n\n   \nf 3\nf 4");
        (int status, string output, string error) = Report("f 1", "--list=list");
        Assert.Equal((0, ""), (status, error));
        Assert.Equal([(1, 1), (2, 2), (3, 3), (4, 4)], Hits(output));
        (status, output, error) = AnalyzeProgram.RunIn(_folder, "f 4\nf 2\n", "report", "--list=-");
        Assert.Equal((0, ""), (status, error));
        Assert.Equal([(4, 1), (2, 2)], Hits(output));
    }

    [Fact]
    public void What_cannot_be_read_is_said_and_the_others_are_printed()
    {
        Put("a", Trace(1, 1));
        Put("b", Trace(2, 1));
        Put("text", "KPROBE命中：PID： 1[a]，时间：[1:000001]\n##CGROUP:[/]  1      [001]  KPROBE命中，时间：[1:000001]\n##\n"u8.ToArray());
        Put("noise", new byte[100]);
        Put("empty");
        (int status, string output, string error) = Report("missing", "a", "text", "noise", "empty", "b", "--list=no-list");
        Assert.Equal(1, status);
        Assert.Equal([(1, 1), (2, 2)], Hits(output));
        Assert.Equal(
            [
                "cannot read missing: there is no such file", "text: not a trace but the text of a report",
                "noise: not a trace (no magic at offset 0)", "empty: not a trace (no magic at offset 0)", "cannot read no-list: there is no such file",
            ],
            error.TrimEnd('\n').Split('\n').Select(line => line["diagnose-tools report: ".Length..]));
    }

    [Fact]
    public void Names_from_a_list_cannot_write_to_the_terminal()
    {
        File.WriteAllText(Path.Combine(_folder, "list"), "a\u001b[31m\rb\n");
        (int status, string output, string error) = Report("--list=list");
        Assert.Equal((1, "diagnose-tools report: cannot read a\\x1b[31m\\x0db: there is no such file\n"), (status, output + error));
    }

    [Fact]
    public void What_was_lost_while_recording_is_said_for_each_file_and_is_no_error()
    {
        Put("a", Trace(1, 1, lost: 3), Trace(1, 1, lost: 4, dropped: 50), Trace(1, 1, dropped: 1));
        Put("b", Trace(2, 1));
        Assert.Equal((0, "diagnose-tools report: a: 7 hits were lost while recording, 51 dropped because the spool was full\n"),
            Report("a", "b") is var (status, _, error) ? (status, error) : default);
    }

    [Fact]
    public void Removing_deletes_what_was_printed_damaged_or_not_and_nothing_else()
    {
        byte[] cut = Trace(2, 1)[..^100];
        byte[] newer = Trace(9, 1);
        newer[8] = 2;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(newer.AsSpan(24), System.IO.Hashing.XxHash3.HashToUInt64(newer.AsSpan(0, 24)));
        Put("whole", Trace(1, 1));
        Put("cut", cut, Trace(3, 1));
        Put("newer", Trace(4, 1), newer);
        Put("text", "##CGROUP:[/]  1      [001]  KPROBE命中，时间：[1:000001]\n"u8.ToArray());
        Put("listed", Trace(5, 1));
        Put("list", "listed\n"u8.ToArray());
        (int status, string output, string error) = Report("--remove", "whole", "cut", "newer", "text", "--list=list");
        Assert.Equal(1, status);
        Assert.Equal([1, 2, 3, 4, 5], Hits(output).Select(h => h.Item1));
        Assert.Equal(["list", "newer", "text"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        Assert.Contains("cannot remove newer: ", error, StringComparison.Ordinal);
        Assert.Contains("another segment follows", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_input_is_not_removed()
    {
        Put("a", Trace(1, 1));
        (int status, string output, string error) = AnalyzeProgram.Shell(_folder, "cat a | \"$0\" report --remove -");
        Assert.Equal((1, "diagnose-tools report: cannot remove -: standard input is no file\n"), (status, error));
        Assert.Single(Hits(output));
    }

    [Theory]
    [InlineData("\"$0\" report --remove a b > /dev/full; echo $? >&2", "No space left on device")]
    [InlineData("{ \"$0\" report --remove b a b; echo $? >&2; } | head -n 1 > /dev/null", "Broken pipe")]
    public void Nothing_is_removed_once_standard_output_failed(string line, string reason)
    {
        Put("a", Trace(1, 30_000));
        Put("b", Trace(2, 30_000));
        (_, string output, string error) = AnalyzeProgram.Shell(_folder, line);
        Assert.Equal("", output);
        Assert.Matches($"^diagnose-tools report: cannot write: {reason}[^\n]*\n1\n$", error);
        Assert.True(File.Exists(Path.Combine(_folder, "a")));
        Assert.True(File.Exists(Path.Combine(_folder, "b")));
    }

    [Fact]
    public void A_reader_that_has_seen_enough_is_no_error_where_nothing_is_removed()
    {
        Put("a", Trace(1, 30_000));
        Assert.Equal("0\n", AnalyzeProgram.Shell(_folder, "{ \"$0\" report a; echo $? >&2; } | head -n 1 > /dev/null").Error);
    }

    [Fact]
    public void Flame_folds_all_its_inputs_into_one_graph()
    {
        Put("a", Trace(1, 2), Trace(2, 3));
        Put("b", Trace(3, 5));
        File.WriteAllText(Path.Combine(_folder, "c"), Report("b").Output);
        (int status, string output, string error) = AnalyzeProgram.RunIn(_folder, "", "flame", "--input=a", "--input=c", "--input", "b", "--format=folded", "--output=-");
        Assert.Equal((0, "CGROUP:[];t 15\n", ""), (status, output, error));
        (status, output, error) = AnalyzeProgram.RunIn(_folder, "", "flame", "--input=a", "--input=missing", "--format=folded", "--output=-");
        Assert.Equal((1, "CGROUP:[];t 5\n", "diagnose-tools flame: cannot read missing: there is no such file\n"), (status, output, error));
    }
}
