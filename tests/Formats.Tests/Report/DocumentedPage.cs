using System.Text;

namespace Diagnose.Formats.Tests.Report;

/// <summary>The hit that the documentation shows, byte for byte.</summary>
internal static class DocumentedPage
{
    public const string Hit =
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

    public static byte[] Bytes => Encoding.UTF8.GetBytes(Hit);
}
