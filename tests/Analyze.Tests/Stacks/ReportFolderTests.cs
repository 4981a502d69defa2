using System.Buffers;
using System.Text;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Tests.Stacks;

public class ReportFolderTests
{
    internal const string DocumentedHit =
        """
        KPROBE命中：PID： 106526[h2o]，时间：[1584004225:651374]
        ##CGROUP:[h2o]  106526      [4564]  KPROBE命中，时间：[1584004225:651374]
            内核态堆栈：
        #@        0xffffffff81025022 save_stack_trace_tsk  ([kernel.kallsyms])
        #@        0xffffffffa141f419 diagnose_save_stack_trace  [diagnose]  ([kernel.kallsyms])
        #@        0xffffffffa141fd8e ali_diag_task_kern_stack   [diagnose]  ([kernel.kallsyms])
        #@        0xffffffffa142eaab kprobe_pre [diagnose]  ([kernel.kallsyms])
        #@        0xffffffff81659e1c kprobe_ftrace_handler  ([kernel.kallsyms])
        #@        0xffffffff8113559e ftrace_ops_list_func  ([kernel.kallsyms])
        #@        0xffffffff81663d44 ftrace_regs_call  ([kernel.kallsyms])
        #@        0xffffffff81664cdf smp_apic_timer_interrupt  ([kernel.kallsyms])
        #@        0xffffffff81660432 apic_timer_interrupt  ([kernel.kallsyms])
            用户态堆栈：
        #~        0xcbf32d _ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4findEPKcmm ([symbol])
        #*        0xffffffffffffff h2o (UNKNOWN)
            进程链信息：
        #^        0xffffffffffffff h2o (UNKNOWN)
        #^        0xffffffffffffff auditd (UNKNOWN)
        #^        0xffffffffffffff systemd (UNKNOWN)
        ##

        """;

    internal const string DocumentedStack =
        "CGROUP:[h2o];systemd;auditd;h2o;h2o;std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::find;"
        + "apic_timer_interrupt;smp_apic_timer_interrupt;ftrace_regs_call;ftrace_ops_list_func;kprobe_ftrace_handler;"
        + "kprobe_pre [diagnose];ali_diag_task_kern_stack [diagnose];diagnose_save_stack_trace [diagnose];save_stack_trace_tsk";

    private static (string Folded, (long Hits, ReportDamage Damage) Input) Fold(string text)
    {
        var tree = new FlameTree(new NameTable());
        var damage = new ReportDamage();
        var folder = new ReportFolder(tree, damage);
        folder.Fold(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(tree.Merge(), output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), (folder.Hits, damage));
    }

    [Theory]
    [InlineData("18446744073709551615:651374")]
    [InlineData("18446744073709:999999")]
    [InlineData("18446744073710:000001")]
    [InlineData("1584004225:18446744073709551615")]
    public void A_time_beyond_all_clocks_is_none(string time)
    {
        string hit = DocumentedHit.Replace("1584004225:651374", time, StringComparison.Ordinal);
        var (tree, timeline, damage) = (new FlameTree(new NameTable()), new HitTimeline(), new ReportDamage());
        new ReportFolder(tree, damage, timeline: timeline).Fold(new MemoryStream(Encoding.UTF8.GetBytes(DocumentedHit + hit)));
        Assert.Equal((0, 1, 1584004225651374UL, 1584004225651374UL), (damage.Count, timeline.Untimed, timeline.Earliest, timeline.Latest));
        Assert.Equal(2, tree.Merge().Hits);
    }

    [Fact]
    public void The_documented_hit_folds_to_its_stack()
    {
        var (folded, input) = Fold(DocumentedHit);
        Assert.Equal(DocumentedStack + " 1\n", folded);
        Assert.Equal(1, input.Hits);
        Assert.Equal(0, input.Damage.Count);
    }

    [Fact]
    public void Equal_hits_are_counted_together_whatever_their_line_ends()
    {
        var (folded, input) = Fold(DocumentedHit + "some other text\n" + DocumentedHit + DocumentedHit.Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Equal(DocumentedStack + " 3\n", folded);
        Assert.Equal(0, input.Damage.Count);
    }

    [Fact]
    public void Tabs_before_a_module_are_read_like_the_pages_spaces()
    {
        var tabs = DocumentedHit.Replace("trace  [diagnose]", "trace\t[diagnose]", StringComparison.Ordinal);
        Assert.NotEqual(DocumentedHit, tabs);
        Assert.Equal(DocumentedStack + " 2\n", Fold(DocumentedHit + tabs).Folded);
    }

    [Fact]
    public void The_same_stack_in_two_cgroups_stays_apart()
    {
        var other = DocumentedHit.Replace("##CGROUP:[h2o]", "##CGROUP:[a;b]", StringComparison.Ordinal);
        Assert.Equal(
            DocumentedStack.Replace("[h2o]", "[a:b]", StringComparison.Ordinal) + " 2\n" + DocumentedStack + " 2\n",
            Fold(DocumentedHit + other + DocumentedHit + other).Folded);
    }

    [Fact]
    public void A_line_that_cannot_be_read_is_counted_each_time_and_its_hit_kept()
    {
        var broken = DocumentedHit.Replace("0xffffffff81025022", "0xzz", StringComparison.Ordinal);
        var (folded, input) = Fold(broken + broken);
        Assert.Equal(DocumentedStack.Replace(";save_stack_trace_tsk", "", StringComparison.Ordinal) + " 2\n", folded);
        Assert.Equal(2, input.Damage.Count);
        Assert.Equal([4, 24], input.Damage.Places.Select(place => place.Line));
    }

    [Fact]
    public void A_hit_cut_short_is_left_out_and_said()
    {
        var (folded, input) = Fold(DocumentedHit + DocumentedHit[..^30]);
        Assert.Equal(DocumentedStack + " 1\n", folded);
        Assert.Equal(1, input.Damage.HitsLeftOut);
        Assert.Equal(22, Assert.Single(input.Damage.Places).Line);
    }

    [Fact]
    public void A_hit_that_lost_its_end_does_not_swallow_the_next()
    {
        var lost = DocumentedHit[..^3];
        var (folded, input) = Fold(lost + DocumentedHit);
        Assert.Equal(DocumentedStack + " 1\n", folded);
        Assert.Equal(1, input.Damage.HitsLeftOut);
        // Without the ##CGROUP line of the next hit both are lost, but are not taken for one.
        (folded, input) = Fold(lost + string.Join('\n', DocumentedHit.Split('\n').Where(line => !line.StartsWith("##C", StringComparison.Ordinal))));
        Assert.Equal("", folded);
        Assert.Equal(1, input.Damage.HitsLeftOut);
    }

    [Fact]
    public void A_hit_with_more_frames_than_the_limit_is_left_out()
    {
        var frames = string.Concat(Enumerable.Repeat("#~        0x1 f ([symbol])\n", 4097));
        var (folded, input) = Fold($"##CGROUP:[a]  1      [001]  采样命中\n{frames}##\n{DocumentedHit}");
        Assert.Equal(DocumentedStack + " 1\n", folded);
        Assert.Equal(1, input.Damage.HitsLeftOut);
    }
}
