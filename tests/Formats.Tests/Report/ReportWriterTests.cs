using System.Buffers;
using System.Text;
using Diagnose.Formats.Report;

namespace Diagnose.Formats.Tests.Report;

public class ReportWriterTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    private string Written => Encoding.UTF8.GetString(_output.WrittenSpan);

    [Fact]
    public void The_documented_hit_comes_out_byte_for_byte()
    {
        ReportWriter.HitHeader(_output, 106526, "h2o"u8, "h2o"u8, 4564, 1584004225, 651374);
        ReportWriter.KernelSection(_output);
        ReportWriter.KernelFrame(_output, 0xffffffff81025022, "save_stack_trace_tsk"u8, default);
        ReportWriter.KernelFrame(_output, 0xffffffffa141f419, "diagnose_save_stack_trace"u8, "diagnose"u8);
        ReportWriter.KernelFrame(_output, 0xffffffffa141fd8e, "ali_diag_task_kern_stack"u8, "diagnose"u8);
        ReportWriter.KernelFrame(_output, 0xffffffffa142eaab, "kprobe_pre"u8, "diagnose"u8);
        ReportWriter.KernelFrame(_output, 0xffffffff81659e1c, "kprobe_ftrace_handler"u8, default);
        ReportWriter.KernelFrame(_output, 0xffffffff8113559e, "ftrace_ops_list_func"u8, default);
        ReportWriter.KernelFrame(_output, 0xffffffff81663d44, "ftrace_regs_call"u8, default);
        ReportWriter.KernelFrame(_output, 0xffffffff81664cdf, "smp_apic_timer_interrupt"u8, default);
        ReportWriter.KernelFrame(_output, 0xffffffff81660432, "apic_timer_interrupt"u8, default);
        ReportWriter.UserSection(_output);
        ReportWriter.UserFrame(_output, 0xcbf32d, "_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4findEPKcmm"u8);
        ReportWriter.Thread(_output, "h2o"u8);
        ReportWriter.ChainSection(_output);
        ReportWriter.ChainProcess(_output, "h2o"u8);
        ReportWriter.ChainProcess(_output, "auditd"u8);
        ReportWriter.ChainProcess(_output, "systemd"u8);
        ReportWriter.End(_output);

        Assert.Equal(DocumentedPage.Hit, Written);
    }

    [Fact]
    public void Sequence_has_three_digits_and_microseconds_six()
    {
        ReportWriter.HitHeader(_output, 7, "a"u8, "b"u8, 1, 12, 34);
        Assert.Equal(
            "KPROBE命中：PID： 7[a]，时间：[12:000034]\n##CGROUP:[b]  7      [001]  KPROBE命中，时间：[12:000034]\n", Written);
    }

    [Fact]
    public void Largest_numbers_and_most_hostile_names_fit()
    {
        var hostile = new byte[300];
        Array.Fill(hostile, (byte)'\n');
        ReportWriter.HitHeader(_output, int.MinValue, hostile, hostile, long.MaxValue, ulong.MaxValue, uint.MaxValue);
        ReportWriter.KernelFrame(_output, ulong.MaxValue, hostile, hostile);
        ReportWriter.UserFrame(_output, ulong.MaxValue, hostile);
        ReportWriter.Thread(_output, hostile);
        Assert.Equal(5, Written.Count(c => c == '\n'));
    }

    [Fact]
    public void A_frame_without_a_name_is_UNKNOWN()
    {
        ReportWriter.KernelFrame(_output, 1, default, default);
        ReportWriter.UserFrame(_output, 0, default);
        Assert.Equal("#@        0x1 UNKNOWN  ([kernel.kallsyms])\n#~        0x0 UNKNOWN ([symbol])\n", Written);
    }

    [Fact]
    public void Nothing_is_allocated_once_the_buffer_has_grown() =>
        Assert.Equal(0, Allocated.LeastOf(() =>
        {
            _output.ResetWrittenCount();
            for (var frame = 0; frame < 100; frame++)
            {
                ReportWriter.HitHeader(_output, 7, "a\n"u8, "命中"u8, 1, 12, 34);
                ReportWriter.KernelFrame(_output, 0xffffffffa142eaab, "kprobe_pre"u8, "diagnose"u8);
            }
        }));
}
