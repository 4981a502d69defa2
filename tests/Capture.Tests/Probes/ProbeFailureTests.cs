using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;

namespace Diagnose.Capture.Tests.Probes;

public class ProbeFailureTests
{
    [Theory]
    [InlineData("vfs_read", Errno.EACCES, "CAP_PERFMON")]
    [InlineData("vfs_read", Errno.EMFILE, "ulimit -n")]
    [InlineData("vfs_read", Errno.ENOMEM, "not enough kernel memory")]
    [InlineData("vfs_read+3", Errno.EILSEQ, "+0x3 is not the start of an instruction")]
    [InlineData("vfs_read", Errno.EADDRNOTAVAIL, "several kernel functions are called 'vfs_read'")]
    [InlineData("no_such_function_zzz", Errno.ENOENT, "there is no kernel function 'no_such_function_zzz'")]
    [InlineData("no_such_function_zzz", Errno.EINVAL, "refuses to probe")]
    [InlineData("uprobe:/none:+4", Errno.ENOENT, "there is no file '/none'")]
    [InlineData("uprobe:/none:+4", Errno.ENOTSUPP, "no instruction starts there")]
    [InlineData("software:cpu-clock", Errno.EBUSY, "EBUSY")]
    public void Every_errno_becomes_one_line_that_names_the_probe_or_its_function(string text, int errno, string reason)
    {
        Assert.True(Probe.TryParse(text, out var probe, out _));
        var failure = ProbeFailure.FromOpen(probe!, errno);
        Assert.Equal(errno, failure.Errno);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains(probe!.Name.Length > 0 ? probe.Name : probe.File, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
