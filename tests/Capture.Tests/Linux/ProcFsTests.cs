using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Tests;

namespace Diagnose.Capture.Tests.Linux;

public class ProcFsTests
{
    private readonly ProcFs proc = new();

    [Fact]
    public void This_process_is_found_with_its_threads_and_mappings()
    {
        var own = Environment.ProcessId;
        var numbers = new List<int>();
        Assert.True(ProcFs.TryListProcesses(numbers));
        Assert.Contains(own, numbers);
        Assert.True(proc.TryListThreads(own, numbers));
        Assert.Contains(own, numbers);
        Assert.True(proc.TryReadStat(own, out var stat));
        Assert.Equal(own, stat.Pid);
        var comm = Encoding.UTF8.GetString(stat.Comm);
        Assert.True(proc.TryReadComm(own, own, out var threadComm));
        Assert.Equal(comm, Encoding.UTF8.GetString(threadComm));
        Assert.True(proc.TryReadStatus(own, out var status));
        Assert.Equal(own, status.Tgid);
        Assert.True(proc.TryReadMaps(own, out var maps));
        var found = false;
        foreach (var mapping in maps) found |= mapping.IsExecutable && Encoding.UTF8.GetString(mapping.Path).Contains("libc", StringComparison.Ordinal);
        Assert.True(found);
    }

    [Fact]
    public void A_process_that_is_gone_is_false_and_no_exception()
    {
        const int beyondEveryPid = 1 << 23;
        Assert.False(proc.TryReadStat(beyondEveryPid, out _));
        Assert.False(proc.TryReadMaps(beyondEveryPid, out _));
        Assert.False(proc.TryListThreads(beyondEveryPid, []));
        Assert.False(proc.TryReadCgroup(beyondEveryPid, out _));
    }

    [Fact]
    public void A_second_snapshot_allocates_no_buffers()
    {
        proc.TryReadStat(Environment.ProcessId, out _);
        // Not optimised, formatting a number boxes it: 24 bytes. Optimised there is nothing.
        Assert.InRange(Allocated.LeastOf(() =>
        {
            for (var i = 0; i < 100; i++) proc.TryReadStat(Environment.ProcessId, out _);
        }), 0, 100 * 48);
    }

    [Fact]
    public void The_file_behind_a_mapping_is_read()
    {
        var own = Environment.ProcessId;
        Assert.True(proc.TryReadMaps(own, out var maps));
        foreach (var mapping in maps)
        {
            if (!mapping.IsExecutable || mapping.Inode == 0 || mapping.IsDeleted) continue;
            var file = FileImage.OpenMappedFile(own, mapping.Start, mapping.End, mapping.Path);
            Assert.NotNull(file);
            Assert.True(FileStatus.TryGet(file, out var status, out _));
            Assert.Equal(mapping.Inode, status.Inode);
            Assert.True(FileImage.TryOpen(file, int.MaxValue, out var image, out var error), error);
            using (image)
            {
                Assert.Equal(0, image!.Bytes[0]);
                Assert.True(image.TryLoad(0, 4));
                Assert.Equal(0x7f, image.Bytes[0]);
            }

            return;
        }

        Assert.Fail("this process maps no code from a file");
    }

    [Fact]
    public void A_file_truncated_while_it_is_read_is_an_error_and_no_death()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Enumerable.Repeat((byte)7, 100_000).ToArray());
            Assert.True(FileImage.TryOpen(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), 1 << 20, out var image, out _));
            using (image)
            {
                using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(10);
                Assert.False(image!.TryLoadAll());
                Assert.Equal(7, image.Bytes[9]);
                Assert.Equal(0, image.Bytes[99_999]);
                Assert.False(image.TryLoad(100_001, 1));
                Assert.False(image.TryLoad(-1, 1));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Only_regular_files_are_opened()
    {
        Assert.Null(FileImage.OpenUnderRoot(Environment.ProcessId, "/dev/null"u8));
        Assert.Null(FileImage.OpenUnderRoot(Environment.ProcessId, "/proc"u8));
        Assert.Null(FileImage.OpenUnderRoot(Environment.ProcessId, "/a\0b"u8));
    }
}
