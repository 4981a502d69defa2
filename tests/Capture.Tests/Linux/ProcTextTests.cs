using System.Text;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

public class ProcTextTests
{
    [Theory]
    [InlineData("bash")]
    [InlineData("a b")]
    [InlineData(") R 1 (")]
    [InlineData("x\ny")]
    [InlineData("")]
    public void Stat_is_read_whatever_the_name_holds(string comm)
    {
        var text = $"42 ({comm}) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 0\n";
        Assert.True(ProcStat.TryParse(Encoding.UTF8.GetBytes(text), out var stat));
        Assert.Equal((42, 'S', 7, 12345UL, false), (stat.Pid, stat.State, stat.ParentPid, stat.StartTime, stat.IsKernelThread));
        Assert.Equal(comm, Encoding.UTF8.GetString(stat.Comm));
    }

    [Fact]
    public void Stat_knows_a_kernel_thread_by_its_flag()
    {
        Assert.True(ProcStat.TryParse("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 4 0 0\n"u8, out var stat));
        Assert.True(stat.IsKernelThread);
    }

    [Theory]
    [InlineData("S", 4194560, false)]
    [InlineData("R", 4194564, true)]
    [InlineData("Z", 4194560, true)]
    public void Stat_knows_a_process_that_is_ending(string state, int flags, bool isExiting)
    {
        Assert.True(ProcStat.TryParse(Encoding.UTF8.GetBytes($"42 (x) {state} 7 42 42 0 -1 {flags} 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 0\n"), out var stat));
        Assert.Equal(isExiting, stat.IsExiting);
    }

    [Fact]
    public void Stat_cut_short_anywhere_is_refused_or_right()
    {
        var text = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 0\n"u8.ToArray();
        for (var length = 0; length < text.Length; length++)
            if (ProcStat.TryParse(text.AsSpan(0, length), out var stat)) Assert.Equal((42, 7), (stat.Pid, stat.ParentPid));
    }

    [Fact]
    public void Status_gives_the_innermost_process_id()
    {
        Assert.True(ProcStatus.TryParse("Name:\tx\nTgid:\t500\nUid:\t1000\t0\t0\t0\nNSpid:\t501\t17\t1\nCapEff:\t000001ffffffffff\n"u8, out var status));
        Assert.Equal((500, 1000U, 1, 3, 0x1ffffffffffUL),
            (status.Tgid, status.Uid, status.NamespacePid, status.NamespaceDepth, status.EffectiveCapabilities));
        Assert.False(ProcStatus.TryParse("Name:\tx\n"u8, out _));
    }

    [Theory]
    [InlineData("0::/system.slice/nginx.service\n", "/system.slice/nginx.service")]
    [InlineData("0::/\n", "/")]
    [InlineData("4:cpu,cpuacct:/c\n3:perf_event:/p\n1:name=systemd:/s\n0::/\n", "/p")]
    [InlineData("4:cpu,cpuacct:/c\n3:pids:/p\n1:name=systemd:/s\n", "/c")]
    [InlineData("3:pids:/p\n1:name=systemd:/s\n", "/s")]
    [InlineData("3:pids:/p\n2:memory:/m\n", "/p")]
    [InlineData("3:perf_event:/p\n0::/user.slice\n", "/user.slice")]
    [InlineData("3:cpu:/a:b\n", "/a:b")]
    [InlineData("", "")]
    [InlineData("rubbish", "")]
    public void Cgroup_takes_the_line_that_says_most(string text, string path) =>
        Assert.Equal(path, Encoding.UTF8.GetString(ProcCgroup.PathOf(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void Maps_are_read_line_by_line()
    {
        var text = """
            55d0a0000000-55d0a0002000 r-xp 00001000 fe:01 1234                       /usr/bin/with space
            7f0000000000-7f0000001000 r--p 00000000 103:0a 77                        /tmp/line\012break\134 (deleted)
            7ffc00000000-7ffc00001000 rw-p 00000000 00:00 0                          [stack]
            7ffc00002000-7ffc00003000 rw-p 00000000 00:00 0 
            rubbish
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
            """u8.ToArray();
        var seen = new List<string>();
        foreach (var m in new ProcMaps(text))
            seen.Add($"{m.Start:x} {m.End:x} {m.PgOff:x} {m.Major:x}:{m.Minor:x} {m.Inode} {(m.IsExecutable ? 'x' : '-')}{(m.IsWritable ? 'w' : '-')} {m.IsDeleted} {Encoding.UTF8.GetString(m.Path)}");
        Assert.Equal(
        [
            "55d0a0000000 55d0a0002000 1000 fe:1 1234 x- False /usr/bin/with space",
            "7f0000000000 7f0000001000 0 103:a 77 -- True /tmp/line\nbreak\\134",
            "7ffc00000000 7ffc00001000 0 0:0 0 -w False [stack]",
            "7ffc00002000 7ffc00003000 0 0:0 0 -w False ",
            "ffffffffff600000 ffffffffff601000 0 0:0 0 x- False [vsyscall]",
        ], seen);
    }

    [Fact]
    public void The_perf_event_hierarchy_is_preferred_to_the_unified_one()
    {
        const string text = """
            30 24 0:27 / /sys/fs/cgroup/unified rw,relatime shared:5 - cgroup2 cgroup2 rw
            31 24 0:28 / /sys/fs/cgroup/perf\040event rw,relatime shared:6 master:1 - cgroup cgroup rw,perf_event
            """;
        Assert.Equal("/sys/fs/cgroup/perf event", CgroupFs.FindMount(Mount.Parse(text)));
        Assert.Equal("/sys/fs/cgroup/unified", CgroupFs.FindMount(Mount.Parse(text.Split('\n')[0])));
        Assert.Null(CgroupFs.FindMount(Mount.Parse("1 2 3\nrubbish - \n")));
    }

    [Fact]
    public void Kernel_functions_are_the_code_in_kallsyms()
    {
        var names = KernelFunctions.ParseNames("0 T vfs_read\n0 t do_it\t[mod]\n0 D jiffies\n0 W weak\n\nrubbish\n"u8);
        Assert.Equal(["do_it", "vfs_read", "weak"], names.Order(StringComparer.Ordinal));
        Assert.True(KernelFunctions.IsBlacklisted("0xf0-0xf1\tdo_int3\n0xf1-0xf2\tother"u8, "other"u8));
        Assert.False(KernelFunctions.IsBlacklisted("0xf0-0xf1\tdo_int3\n"u8, "do_int"u8));
    }
}
