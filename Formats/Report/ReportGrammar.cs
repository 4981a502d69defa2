namespace Diagnose.Formats.Report;

/// <summary>The fixed bytes of the documented text, shared by the writer and the reader so that they cannot drift apart.</summary>
internal static class ReportGrammar
{
    public static ReadOnlySpan<byte> HitStart => "KPROBE命中：PID： "u8;
    public static ReadOnlySpan<byte> EventThenPid => "命中：PID："u8;
    public static ReadOnlySpan<byte> CommThenTime => "]，时间：["u8;
    public static ReadOnlySpan<byte> CgroupStart => "##CGROUP:["u8;
    public static ReadOnlySpan<byte> CgroupEvent => "]  KPROBE命中，时间：["u8;
    public static ReadOnlySpan<byte> EventThenTime => "，时间：["u8;
    public static ReadOnlySpan<byte> End => "##"u8;

    public static ReadOnlySpan<byte> KernelSection => "    内核态堆栈：\n"u8;
    public static ReadOnlySpan<byte> UserSection => "    用户态堆栈：\n"u8;
    public static ReadOnlySpan<byte> ChainSection => "    进程链信息：\n"u8;

    public static ReadOnlySpan<byte> KernelFrame => "#@        0x"u8;
    public static ReadOnlySpan<byte> UserFrame => "#~        0x"u8;
    public static ReadOnlySpan<byte> Thread => "#*        0xffffffffffffff "u8;
    public static ReadOnlySpan<byte> ChainProcess => "#^        0xffffffffffffff "u8;

    public static ReadOnlySpan<byte> KernelSource => "  ([kernel.kallsyms])\n"u8;
    public static ReadOnlySpan<byte> UserSource => " ([symbol])\n"u8;
    public static ReadOnlySpan<byte> NoSource => " (UNKNOWN)\n"u8;

    /// <summary>What stands in the place of a name that is not known.</summary>
    public static ReadOnlySpan<byte> UnknownName => "UNKNOWN"u8;

    /// <summary>Tab stop of the page: kallsyms separates a name and its module by a tab, shown up to the next multiple of this.</summary>
    public const int TabStop = 8;
}
