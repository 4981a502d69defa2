using CsCheck;
using Diagnose.Capture.Probes;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Tests.Probes;

public class ProbeTests
{
    [Theory]
    [InlineData("vfs_read", "kprobe:vfs_read")]
    [InlineData("vfs_read+16", "kprobe:vfs_read+0x10")]
    [InlineData("kprobe:vfs_read+0x10", "kprobe:vfs_read+0x10")]
    [InlineData("vfs_read+0", "kprobe:vfs_read")]
    [InlineData("do_it.isra.0", "kprobe:do_it.isra.0")]
    [InlineData("kretprobe:vfs_read", "kretprobe:vfs_read")]
    [InlineData("uprobe:/lib/libc.so.6:malloc", "uprobe:/lib/libc.so.6:malloc")]
    [InlineData("uprobe:/a:b:f+4", "uprobe:/a:b:f+0x4")]
    [InlineData("uprobe:/bin/x:+0x1234", "uprobe:/bin/x:+0x1234")]
    [InlineData("uretprobe:./x:main", "uretprobe:./x:main")]
    [InlineData("tracepoint:sched:sched_switch", "tracepoint:sched:sched_switch")]
    [InlineData("software:cpu-clock", "software:cpu-clock")]
    public void A_probe_is_read_and_written_canonically(string text, string canonical)
    {
        Assert.True(Probe.TryParse(text, out var probe, out var error), error);
        Assert.Equal(canonical, probe!.ToString());
        Assert.True(Probe.TryParse(canonical, out var again, out _));
        Assert.Equal(probe, again);
    }

    [Theory]
    [InlineData("", "the probe is empty")]
    [InlineData("kprobe:", "names no kernel function")]
    [InlineData("+5", "names no kernel function")]
    [InlineData("vfs read", "cannot be the name of a kernel function")]
    [InlineData("1abc", "cannot be the name of a kernel function")]
    [InlineData("vfs_read+", "'' in 'vfs_read+' is no offset")]
    [InlineData("vfs_read+0x", "is no offset")]
    [InlineData("vfs_read+-1", "is no offset")]
    [InlineData("vfs_read+99999999999999999999", "is no offset")]
    [InlineData("kretprobe:vfs_read+4", "kretprobe takes no offset")]
    [InlineData("ext4:read", "'ext4' in 'ext4:read' is no kind of probe")]
    [InlineData("uprobe:/bin/x", "must be uprobe:FILE:SYMBOL")]
    [InlineData("uprobe::main", "must be uprobe:FILE:SYMBOL")]
    [InlineData("uprobe:/bin/x:", "names neither a symbol nor an offset")]
    [InlineData("tracepoint:sched", "must be tracepoint:SYSTEM:NAME")]
    [InlineData("tracepoint:../x:y", "must be tracepoint:SYSTEM:NAME")]
    [InlineData("software:cycles", "'cycles' in 'software:cycles' is no software event; there are cpu-clock")]
    [InlineData("vfs\nread", "control character")]
    public void A_bad_probe_is_refused_with_one_line_that_says_why(string text, string reason)
    {
        Assert.False(Probe.TryParse(text, out var probe, out var error));
        Assert.Null(probe);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Any_text_is_a_probe_or_an_error_and_what_is_read_is_read_again_alike() =>
        Gen.Char["+:0x1abf/. -"].Array[0, 20].Select(letters => new string(letters))
            .SelectMany(text => Gen.OneOf(new[] { "", "uprobe:", "kprobe:", "tracepoint:", "kretprobe:" }.Select(Gen.Const).ToArray()), (text, kind) => kind + text)
            .Sample(text => !Probe.TryParse(text, out var probe, out var error)
                ? error.Length > 0
                : Probe.TryParse(probe!.ToString(), out var again, out _) && again == probe);

    [Fact]
    public void Clocks_fire_every_millisecond_and_everything_else_every_time()
    {
        Assert.True(Probe.TryParse("software:task-clock", out var clock, out _));
        Assert.Equal((true, 1_000_000UL, SoftwareEvent.TaskClock), (clock!.IsClock, clock.DefaultPeriod, clock.Software));
        Assert.True(Probe.TryParse("software:page-faults", out var faults, out _));
        Assert.Equal((false, 1UL), (faults!.IsClock, faults.DefaultPeriod));
        Assert.True(Probe.TryParse("vfs_read", out var function, out _));
        Assert.Equal((false, 1UL), (function!.IsClock, function.DefaultPeriod));
    }

    [Fact]
    public void Near_names_are_found_nearest_first()
    {
        string[] names = ["vfs_write", "vfs_readv", "vfs_read", "ksys_read", "x"];
        Assert.Equal(["vfs_read", "vfs_readv"], NearNames.To("vfs_rea", names));
        Assert.Empty(NearNames.To("hrtimer_interrupt", names));
        Assert.Equal(0, NearNames.Distance("same", "same", 3));
        Assert.Equal(2, NearNames.Distance("raed", "read", 3));
    }
}
