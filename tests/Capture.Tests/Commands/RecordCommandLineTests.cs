using System.Diagnostics;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Commands;

/// <summary>The program itself, started with command lines that it must refuse, explain or carry out.</summary>
public sealed class RecordCommandLineTests : IDisposable
{
    private const string Probe = "--probe=software:context-switches";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> BadRequests => new()
    {
        { "record", "--probe" },
        { "record --prob=vfs_read", "--prob" },
        { "record --probe=", "--probe" },
        { "record --probe=nokind:x", "nokind" },
        { $"record {Probe} {Probe}", "--probe" },
        { $"record {Probe} --pid=abc", "--pid" },
        { $"record {Probe} --pid=-1", "--pid" },
        { $"record {Probe} --tgid=0", "--tgid" },
        { $"record {Probe} --tgid=99999999999", "--tgid" },
        { $"record {Probe} --cpu=1-0", "1-0" },
        { $"record {Probe} --cpu=x", "x" },
        { $"record {Probe} --cpu=-1", "-1" },
        { $"record {Probe} --comm=", "--comm" },
        { $"record {Probe} --period=0", "--period" },
        { $"record {Probe} --duration=nan", "--duration" },
        { $"record {Probe} --duration=-1", "--duration" },
        { $"record {Probe} --ring-mb=0", "--ring-mb" },
        { $"record {Probe} --ring-mb=9999", "--ring-mb" },
        { $"record {Probe} --user-stack=lbr", "there are: dwarf, dwarf,BYTES, fp, none" },
        { $"record {Probe} --user-stack=dwarf,255", "from 256 to 65528" },
        { $"record {Probe} --user-stack=dwarf,65529", "from 256 to 65528" },
        { $"record {Probe} --user-stack=dwarf,", "from 256 to 65528" },
        { $"record {Probe} stray", "stray" },
        { $"record {Probe} @file", "@file" },
        { $"record {Probe} --command-only", "--command-only" },
        { $"record {Probe} --tgid=1 --command-only -- true", "--command-only" },
        { "", "record" },
        { "no-such-command", "no-such-command" },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void A_bad_request_gives_one_line_that_names_the_culprit_and_status_2(string line, string culprit)
    {
        (int status, string output, string error) = Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, status);
        Assert.Empty(output);
        Assert.Contains(culprit, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("record", "--help")]
    [InlineData("--version")]
    public void Help_and_version_go_to_standard_output(params string[] args)
    {
        (int status, string output, string error) = Run(args);
        Assert.Equal((0, ""), (status, error));
        Assert.NotEmpty(output);
    }

    [Theory]
    [InlineData("online", "--cpu=65535")]
    [InlineData("2147483647", "--pid=2147483647")]
    [InlineData("2147483647", "--tgid=2147483647")]
    [InlineData("nowhere", "--output=nowhere/x.dtt")]
    public void A_refusal_by_the_machine_starts_no_command_and_leaves_no_file(string culprit, string option)
    {
        (int status, string output, string error) = Run("record", Probe, option, "--", "touch", "started");
        Assert.Equal((1, ""), (status, output));
        Assert.Contains(culprit, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_command_that_cannot_run_leaves_a_file_that_was_there_as_it_was_and_makes_none()
    {
        SkipWithoutPrivilege();
        string kept = Path.Combine(_folder, "kept.dtt");
        File.WriteAllText(kept, "before");
        foreach (string name in (string[])["kept.dtt", "new.dtt"])
        {
            (int status, string output, string error) = Run("record", Probe, "-o", name, "--", "no-such-command-anywhere");
            Assert.Equal((1, ""), (status, output));
            Assert.Contains("no-such-command-anywhere", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }

        Assert.Equal("before", File.ReadAllText(kept));
        Assert.Equal([kept], Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_follows_the_two_dashes_is_the_commands_own()
    {
        SkipWithoutPrivilege();
        (int status, string output, string error) = Run("record", Probe, "--", "sh", "-c", "echo \"$@\"", "x", "--help", "--", "--probe");
        Assert.Equal((0, "--help -- --probe\n"), (status, output));
        // Before it there may be notices about whatever else ran on the machine.
        Assert.EndsWith("-> diagnose.dtt\n", error, StringComparison.Ordinal);
        Assert.True(TraceReader.TryOpen(new FileInMemory(File.ReadAllBytes(Path.Combine(_folder, "diagnose.dtt"))), out TraceReader trace, out _));
        Assert.True(trace.IsComplete);
    }

    [Fact]
    public void A_device_is_written_to_and_neither_cut_nor_made_private()
    {
        SkipWithoutPrivilege();
        UnixFileMode before = File.GetUnixFileMode("/dev/null");
        Assert.Equal(0, Run("record", Probe, "--output=/dev/null", "--", "true").Status);
        Assert.Equal(before, File.GetUnixFileMode("/dev/null"));
        (int status, _, string error) = Run("record", Probe, "--output=/dev/full", "--", "true");
        Assert.Equal(1, status);
        Assert.Contains("No space left on device", error.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupt_that_the_command_gets_too_ends_the_recording_with_a_whole_file()
    {
        SkipWithoutPrivilege();
        // As a terminal does it: both get the signal.
        Assert.Equal(0, Run("record", Probe, "--", "sh", "-c", "sleep 0.2; kill -INT $PPID $$; sleep 9").Status);
        Assert.True(TraceReader.TryOpen(new FileInMemory(File.ReadAllBytes(Path.Combine(_folder, "diagnose.dtt"))), out TraceReader trace, out _));
        Assert.True(trace.IsComplete);
        Assert.Empty(trace.Damage);
    }

    private static void SkipWithoutPrivilege()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("only root may watch the whole machine");
    }

    private (int Status, string Output, string Error) Run(params string[] args)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "diagnose-capture");
        if (!File.Exists(program))
            Assert.Skip("the program was not built beside its tests");
        using var process = Process.Start(new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = _folder,
        })!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(60_000))
        {
            process.Kill();
            Assert.Fail("the program did not end");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
