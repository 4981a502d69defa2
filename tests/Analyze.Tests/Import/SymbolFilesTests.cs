using System.Diagnostics;
using System.Text;
using Diagnose.Analyze.Import;
using Diagnose.Formats.PerfEvents;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Tests.Import;

public sealed class SymbolFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_looked_for_under_the_folder_of_the_recorded_machine()
    {
        // Anything that is ELF and has symbols, at a path that this machine has not.
        string own = File.ReadLines("/proc/self/maps").First(line => line.Contains("libc.so.6", StringComparison.Ordinal)).Split(' ')[^1];
        Directory.CreateDirectory($"{_folder}/opt/elsewhere");
        File.Copy(own, $"{_folder}/opt/elsewhere/libc.so.6");
        MadeRecording made = new MadeRecording().Map(10, 0x100000, 0x1000000, 0, "/opt/elsewhere/libc.so.6")
            .Hit(10, 10, 1, [CallchainContext.User, .. Enumerable.Range(0, 60).Select(i => 0x100000 + 0x28000 + (ulong)i * 0x2000)]);
        using ImportedText without = made.Import(), with = made.Import(new ImportOptions { SymbolRoot = _folder });
        Assert.All(without.Frames(0).Split(';'), frame => Assert.StartsWith("libc.so.6+", frame, StringComparison.Ordinal));
        Assert.Contains(with.Frames(0).Split(';'), frame => !frame.StartsWith("libc.so.6+", StringComparison.Ordinal));
    }

    [Fact]
    public void Code_without_a_file_is_named_by_the_perf_map_of_the_recorded_machine()
    {
        Directory.CreateDirectory($"{_folder}/tmp");
        File.WriteAllText($"{_folder}/tmp/perf-10.map", "7000 100 compiled\n");
        using ImportedText text = new MadeRecording().Map(10, 0x7000, 0x1000, 0, "//anon")
            .Hit(10, 10, 1, [CallchainContext.User, 0x7010, 0x7200]).Import(new ImportOptions { SymbolRoot = _folder });
        Assert.Equal("compiled;anon+7200", text.Frames(0));
        // Whose names could be anybody's: a link, as somebody lays it into /tmp.
        File.Move($"{_folder}/tmp/perf-10.map", $"{_folder}/elsewhere");
        File.CreateSymbolicLink($"{_folder}/tmp/perf-10.map", $"{_folder}/elsewhere");
        using ImportedText linked = new MadeRecording().Map(10, 0x7000, 0x1000, 0, "//anon")
            .Hit(10, 10, 1, [CallchainContext.User, 0x7010]).Import(new ImportOptions { SymbolRoot = _folder });
        Assert.Equal("anon+7010", linked.Frames(0));
    }

    [Fact]
    public void A_pipe_or_a_device_that_a_recording_names_is_not_opened()
    {
        string pipe = $"{_folder}/pipe";
        using (Process made = Process.Start("mkfifo", pipe))
            made.WaitForExit();
        Assert.True(File.Exists(pipe));
        // A reader that opened it would wait for somebody to write.
        Assert.Null(RegularFile.Open(Encoding.UTF8.GetBytes(pipe), out _, out _));
        Assert.Null(RegularFile.Open("/dev/zero"u8, out _, out _));
        Assert.Null(RegularFile.Open("/tmp"u8, out _, out _));
        Assert.Null(RegularFile.Open("/proc/self/exe\0"u8, out _, out _));
        using ImportedText text = new MadeRecording().Map(10, 0x1000, 0x1000, 0, pipe).Hit(10, 10, 1, [CallchainContext.User, 0x1000]).Import();
        Assert.Equal("pipe+0", text.Frames(0));
    }

    [Fact]
    public void Links_are_followed_only_where_that_was_asked_for()
    {
        string file = $"{_folder}/file", link = $"{_folder}/link";
        File.WriteAllText(file, "12345");
        File.CreateSymbolicLink(link, file);
        using SafeFileHandle? followed = RegularFile.Open(Encoding.UTF8.GetBytes(link), out long length, out uint owner);
        Assert.NotNull(followed);
        Assert.Equal((5L, RegularFile.EffectiveUser()), (length, owner));
        Assert.Null(RegularFile.Open(Encoding.UTF8.GetBytes(link), out _, out _, followLinks: false));
    }

    [Fact]
    public void Parts_of_a_file_are_there_when_they_were_asked_for_and_zero_before_and_when_forgotten()
    {
        byte[] content = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(1 + i % 200))];
        string path = $"{_folder}/parts";
        File.WriteAllBytes(path, content);
        SafeFileHandle file = RegularFile.Open(Encoding.UTF8.GetBytes(path), out long length, out _)!;
        using FileParts parts = FileParts.Open(file, length)!;
        Assert.True(parts.TryLoad(5000, 100));
        Assert.Equal(content[5000..5100], parts.Bytes[5000..5100].ToArray());
        Assert.Equal(0, parts.Bytes[0]);
        parts.Forget();
        Assert.Equal(0, parts.Bytes[5000]);
        // One that became shorter leaves zeros.
        File.WriteAllBytes(path, content[..100]);
        Assert.False(parts.TryLoad(0, 20_000));
        Assert.Equal((content[99], 0), (parts.Bytes[99], parts.Bytes[100]));
        Assert.False(parts.TryLoad(-1, 5));
        Assert.False(parts.TryLoad(30_000, 5));
    }
}
