using System.Diagnostics;
using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Live;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Tests.Live;

/// <summary>Perf maps of real processes, and the ids of real namespaces.</summary>
public sealed class LiveProcessCodeTests : IDisposable
{
    private readonly string _temp = Directory.CreateTempSubdirectory("perf-map-tests-").FullName;
    private readonly List<Process> _started = [];

    [Fact]
    public void A_map_is_found_in_the_temp_folder_of_its_process_and_read_as_it_grows()
    {
        Process process = Start("sleep", ["60"], _temp);
        string path = Path.Combine(_temp, MapOf(process.Id));
        Assert.Null(Open(process.Id, out _));
        File.WriteAllText(path, "1000 10 first\n");
        using IPerfMapFile map = Open(process.Id, out _)!;
        Assert.True(map.TryLook(out long length, out ulong written));
        Assert.Equal("1000 10 first\n".Length, length);
        Assert.InRange(written, Clock.Monotonic - 2_000_000_000, Clock.Monotonic);
        File.AppendAllText(path, "2000 10 second\n");
        Assert.True(map.TryLook(out long longer, out _));
        Assert.Equal("2000 10 second\n", System.Text.Encoding.UTF8.GetString(map.Read(length, longer)));
        Assert.Equal("second\n", System.Text.Encoding.UTF8.GetString(map.Read(longer - 7, longer + 100)));
        File.Delete(path);
        Assert.False(map.TryLook(out length, out _));
        Assert.Equal(longer, length);
    }

    [Fact]
    public void A_map_that_is_older_than_its_process_is_another_ones()
    {
        Process process = Start("sleep", ["60"], _temp);
        string path = Path.Combine(_temp, MapOf(process.Id));
        File.WriteAllText(path, "1000 10 lie\n");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-1));
        Assert.Null(Open(process.Id, out string? refused));
        Assert.EndsWith($"{MapOf(process.Id)} is older than process {process.Id}: it is not used", refused, StringComparison.Ordinal);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        using IPerfMapFile? map = Open(process.Id, out refused);
        Assert.NotNull(map);
        Assert.Null(refused);
    }

    [Fact]
    public void A_link_is_no_map()
    {
        Process process = Start("sleep", ["60"], _temp);
        File.WriteAllText(Path.Combine(_temp, "secret"), "1000 10 secret\n");
        File.CreateSymbolicLink(Path.Combine(_temp, MapOf(process.Id)), Path.Combine(_temp, "secret"));
        Assert.Null(Open(process.Id, out _));
    }

    [Fact]
    public void A_process_in_a_pid_namespace_has_an_id_there_and_its_map_is_named_by_it()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Skip("namespaces take root");
        Process outer = Start("unshare", ["--pid", "--fork", "sleep", "60"], _temp);
        int inner = 0;
        for (int i = 0; i < 200 && inner == 0; i++)
        {
            Thread.Sleep(10);
            string children = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{outer.Id}/task/{outer.Id}/children"));
            _ = int.TryParse(children.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out inner);
        }

        _started.Add(Process.GetProcessById(inner));
        IProcessSource processes = new LiveProcesses();
        Assert.Equal(1, processes.InnerPidOf(inner));
        Assert.Equal(0, processes.InnerPidOf(Environment.ProcessId));
        Assert.Equal(0, processes.InnerPidOf(int.MaxValue));
        File.WriteAllText(Path.Combine(_temp, "perf-1.map"), "1000 10 inside\n");
        using IPerfMapFile? map = Open(inner, out _);
        Assert.NotNull(map);
    }

    public void Dispose()
    {
        foreach (Process process in Enumerable.Reverse(_started))
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_temp, recursive: true);
    }

    private static IPerfMapFile? Open(int pid, out string? refused) => new LiveProcessCode().OpenPerfMap(pid, null, out refused);

    private static string MapOf(int pid) => string.Create(CultureInfo.InvariantCulture, $"perf-{pid}.map");

    private Process Start(string program, string[] arguments, string temp)
    {
        var start = new ProcessStartInfo(program, arguments) { Environment = { ["TMPDIR"] = temp }, RedirectStandardError = true };
        Process process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }
}
