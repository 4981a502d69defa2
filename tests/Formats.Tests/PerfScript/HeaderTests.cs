using System.Text;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.PerfScript;

public class HeaderTests
{
    private static string Read(string line)
    {
        ReadHit hit = Assert.Single(ReadText.Hits(line + "\n\tffffffff81000000 f ([kernel.kallsyms])\n\n", out PerfScriptReader reader));
        Assert.Equal(0, reader.Skipped.Count);
        Assert.Single(hit.Frames);
        return (hit with { Frames = [] }).ToString();
    }

    [Theory]
    // perf 5 and 6.1: ids in 5 columns; later in 7.
    [InlineData("dd 26144 [000] 23799.479250:    1001001 cpu-clock: ", "dd|-1|26144|0|23799479250000|1001001|cpu-clock|")]
    [InlineData("dd    26144 [000] 23799.479250:    1001001 cpu-clock: ", "dd|-1|26144|0|23799479250000|1001001|cpu-clock|")]
    [InlineData("dd 26144/26145 [127] 23799.479250123:    1001001 cycles:ppp: ", "dd|26144|26145|127|23799479250123|1001001|cycles:ppp|")]
    [InlineData("dd   1/2     [003]     0.000001:          1 cycles:u:", "dd|1|2|3|1000|1|cycles:u|")]
    [InlineData("swapper     0 [001]     1.000000: sched:sched_switch: prev_comm=a prev_pid=1 ==> next_comm=b 1 [000] 1.000000: x: ", "swapper|-1|0|1|1000000000|0|sched:sched_switch|")]
    [InlineData("vi  1234 [000] 1.000000: probe:vfs_read: (ffffffff811d7d50)", "vi|-1|1234|0|1000000000|0|probe:vfs_read|")]
    // Columns that are not there.
    [InlineData("dd  1234 23799.479250:    1001001 cpu-clock: ", "dd|-1|1234|-1|23799479250000|1001001|cpu-clock|")]
    [InlineData("dd  1234 [005]    1001001 cpu-clock: ", "dd|-1|1234|5||1001001|cpu-clock|")]
    [InlineData("dd  1234    1001001 cpu-clock: ", "dd|-1|1234|-1||1001001|cpu-clock|")]
    [InlineData("dd  1234 cpu-clock: ", "dd|-1|1234|-1||0|cpu-clock|")]
    [InlineData("dd  1234 [005] 12.000000: ", "dd|-1|1234|5|12000000000|0||")]
    [InlineData("dd [005] 12.000000: cycles: ", "dd|-1|-1|5|12000000000|0|cycles|")]
    [InlineData("  1234 12.000000: cycles: ", "|-1|1234|-1|12000000000|0|cycles|")]
    [InlineData("dd ", "dd|-1|-1|-1||0||")]
    // Modes, time of day, flags, cgroup.
    [InlineData("dd  1234 [005] K     12.000000:         7 cycles: ", "dd|-1|1234|5|12000000000|7|cycles|")]
    [InlineData("dd  1234 [005] 2024-02-29 12:34:56.123456 12.000000:         7 cycles: ", "dd|-1|1234|5|12000000000|7|cycles|")]
    [InlineData("dd  1234 [005] 12.000000:         7 branches:   jmp                          /user.slice/a b", "dd|-1|1234|5|12000000000|7|branches|")]
    // Events' names.
    [InlineData("dd  1234 [005] 12.000000:         7 cpu/event=0x3c,umask=0x0/: ", "dd|-1|1234|5|12000000000|7|cpu/event=0x3c,umask=0x0/|")]
    [InlineData("dd  1234 [005] 12.000000:         7 my own event: ", "dd|-1|1234|5|12000000000|7|my own event|")]
    [InlineData("dd  1234 [005] 12.000000:         7                 mem:0x1000/4:rw: ", "dd|-1|1234|5|12000000000|7|mem:0x1000/4:rw|")]
    // Threads may be called anything.
    [InlineData("my (odd) prog  1234 [005] 12.000000: cycles: ", "my (odd) prog|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("foo 12  1234 [005] 12.000000: cycles: ", "foo 12|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("foo 12  1234 12.000000: cycles: ", "foo 12|-1|1234|-1|12000000000|0|cycles|")]
    [InlineData("4  1234 [005] 12.000000: cycles: ", "4|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("a 1 [000] 2.0:  1234 [005] 12.000000: cycles: ", "a 1 [000] 2.0:|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("x 1 2.000000:  1234 [005] 12.000000: cycles: ", "x 1 2.000000:|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("x 1 2.000000:  1234 12.000000: cycles: ", "x 1 2.000000:|-1|1234|-1|12000000000|0|cycles|")]
    [InlineData("a: b: [000]  1234 [005] 12.000000: cycles: ", "a: b: [000]|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("#comment  1234 [005] 12.000000: cycles: ", "#comment|-1|1234|5|12000000000|0|cycles|")]
    [InlineData(":-1    -1 [005] 12.000000: cycles: ", ":-1|-1|-1|5|12000000000|0|cycles|")]
    [InlineData("kworker/u256:2-events_unbound  1234 [005] 12.000000: cycles: ", "kworker/u256:2-events_unbound|-1|1234|5|12000000000|0|cycles|")]
    [InlineData("\u00e5\u00ff  1234 [005] 12.000000: cycles: ", "\u00e5\u00ff|-1|1234|5|12000000000|0|cycles|")]
    public void A_first_line_is_taken_apart(string line, string expected) => Assert.Equal(expected, Read(line));

    [Theory]
    [InlineData("some words and no numbers")]
    [InlineData("error 12 foo: bar")]
    [InlineData("dd  1234 [005")]
    [InlineData("dd  12 12.34 cycles")]
    [InlineData("dd  99999999999 12: ")]
    [InlineData("dd  1234 [x] y")]
    [InlineData("KPROBE\u547d\u4e2d\uff1aPID\uff1a 12[a]")]
    public void What_is_no_first_line_is_passed_over_with_the_frames_under_it(string line)
    {
        byte[] text = Encoding.UTF8.GetBytes("\n" + line + "\n\tffffffff81000000 f ([kernel.kallsyms])\n\tffffffff81000000 f ([kernel.kallsyms])\n\n");
        Assert.Empty(ReadText.Hits(new MemoryStream(text), out PerfScriptReader reader));
        Assert.Equal(
            [
                new SkippedPlace(SkipReason.NotUnderstood, 1, 1, 2),
                new SkippedPlace(SkipReason.FramesOutside, 1, 2 + Encoding.UTF8.GetByteCount(line), 3),
            ],
            reader.Skipped.Places);
        Assert.Equal(1, reader.Skipped.HitsLeftOut);
    }

    [Theory]
    [InlineData("raw_syscalls:sys_enter", EventKind.Tracepoint)]
    [InlineData("cycles", EventKind.Hardware)]
    [InlineData("cycles:ukHG", EventKind.Hardware)]
    [InlineData("cpu/cycles/", EventKind.Hardware)]
    [InlineData("cpu_core/event=0x3c,name=a:b/u", EventKind.Hardware)]
    [InlineData("branch-misses:u", EventKind.Hardware)]
    [InlineData("cpu-clock:pppH", EventKind.Software)]
    [InlineData("page-faults", EventKind.Software)]
    [InlineData("cpu-clock/period=1000/", EventKind.Software)]
    [InlineData("probe:vfs_read", EventKind.Kprobe)]
    [InlineData("probe:vfs_read__return", EventKind.Kretprobe)]
    [InlineData("probe_libc:malloc", EventKind.Uprobe)]
    [InlineData("probe_libc:malloc__return", EventKind.Uretprobe)]
    [InlineData("kprobes:p_vfs_read_0", EventKind.Kprobe)]
    [InlineData("kprobes:r_vfs_read_0", EventKind.Kretprobe)]
    [InlineData("sdt_libc:memory_mallopt", EventKind.Uprobe)]
    [InlineData("mem:0x1000:rw", EventKind.Other)]
    [InlineData("r1234:u", EventKind.Other)]
    [InlineData("", EventKind.Other)]
    [InlineData(":", EventKind.Other)]
    public void The_kind_of_an_event_is_told_by_its_name(string name, EventKind kind) =>
        Assert.Equal(kind, PerfScriptEvent.KindOf(Encoding.UTF8.GetBytes(name)));
}
