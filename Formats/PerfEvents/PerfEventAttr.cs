using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// <c>struct perf_event_attr</c> as <c>linux/perf_event.h</c> lays it out, up to PERF_ATTR_SIZE_VER8 (136 bytes).
/// A kernel that knows less accepts the longer structure as long as the bytes it does not know are zero.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct PerfEventAttr
{
    /// <summary>PERF_ATTR_SIZE_VER0: the first published structure, and the least any writer may store.</summary>
    public const int SmallestSize = 64;

    /// <summary>PERF_ATTR_SIZE_VER8: the size of this structure.</summary>
    public const int FullSize = 136;

    /// <summary>PMU type: an <see cref="EventType"/> or a number from <c>/sys/bus/event_source/devices/*/type</c>.</summary>
    public uint Type;

    /// <summary>Bytes of this structure which the writer filled.</summary>
    public uint Size;

    /// <summary>What to count, in the PMU's own terms.</summary>
    public ulong Config;

    /// <summary>Events per sample, or samples per second when <see cref="Freq"/> is set.</summary>
    public ulong SamplePeriod;

    /// <summary>Fields of each sample.</summary>
    public SampleFormat SampleType;

    /// <summary>Fields that read(2) returns.</summary>
    public ReadFormat ReadFormat;

    /// <summary>The bit field between read_format and wakeup_events; see the properties.</summary>
    public ulong Flags;

    /// <summary>wakeup_watermark (bytes) when <see cref="Watermark"/> is set, else wakeup_events.</summary>
    public uint Wakeup;

    /// <summary>bp_type.</summary>
    public uint BreakpointType;

    /// <summary>config1; for the kprobe and uprobe PMUs a pointer to the function's name or the file's path.</summary>
    public ulong Config1;

    /// <summary>config2; for the kprobe and uprobe PMUs the offset of the probe.</summary>
    public ulong Config2;

    /// <summary>PERF_SAMPLE_BRANCH_* bits.</summary>
    public ulong BranchSampleType;

    /// <summary>Registers dumped by PERF_SAMPLE_REGS_USER.</summary>
    public ulong SampleRegsUser;

    /// <summary>Bytes of stack dumped by PERF_SAMPLE_STACK_USER.</summary>
    public uint SampleStackUser;

    /// <summary>Clock of the time fields when <see cref="UseClockId"/> is set (CLOCK_MONOTONIC is 1).</summary>
    public int ClockId;

    /// <summary>Registers dumped by PERF_SAMPLE_REGS_INTR.</summary>
    public ulong SampleRegsIntr;

    /// <summary>aux_watermark.</summary>
    public uint AuxWatermark;

    /// <summary>Most frames of a callchain; 0 takes kernel.perf_event_max_stack.</summary>
    public ushort SampleMaxStack;

    private ushort reserved2;

    /// <summary>aux_sample_size.</summary>
    public uint AuxSampleSize;

    private uint reserved3;

    /// <summary>sig_data.</summary>
    public ulong SigData;

    /// <summary>config3.</summary>
    public ulong Config3;

    public bool Disabled { readonly get => Bit(0); set => Bit(0, value); }
    public bool Inherit { readonly get => Bit(1); set => Bit(1, value); }
    public bool Pinned { readonly get => Bit(2); set => Bit(2, value); }
    public bool Exclusive { readonly get => Bit(3); set => Bit(3, value); }
    public bool ExcludeUser { readonly get => Bit(4); set => Bit(4, value); }
    public bool ExcludeKernel { readonly get => Bit(5); set => Bit(5, value); }
    public bool ExcludeHypervisor { readonly get => Bit(6); set => Bit(6, value); }
    public bool ExcludeIdle { readonly get => Bit(7); set => Bit(7, value); }
    public bool Mmap { readonly get => Bit(8); set => Bit(8, value); }
    public bool Comm { readonly get => Bit(9); set => Bit(9, value); }
    public bool Freq { readonly get => Bit(10); set => Bit(10, value); }
    public bool InheritStat { readonly get => Bit(11); set => Bit(11, value); }
    public bool EnableOnExec { readonly get => Bit(12); set => Bit(12, value); }
    public bool Task { readonly get => Bit(13); set => Bit(13, value); }
    public bool Watermark { readonly get => Bit(14); set => Bit(14, value); }

    /// <summary>precise_ip, 0 to 3.</summary>
    public int PreciseIp
    {
        readonly get => (int)(Flags >> 15 & 3);
        set => Flags = Flags & ~(3UL << 15) | ((ulong)value & 3) << 15;
    }

    public bool MmapData { readonly get => Bit(17); set => Bit(17, value); }
    public bool SampleIdAll { readonly get => Bit(18); set => Bit(18, value); }
    public bool ExcludeHost { readonly get => Bit(19); set => Bit(19, value); }
    public bool ExcludeGuest { readonly get => Bit(20); set => Bit(20, value); }
    public bool ExcludeCallchainKernel { readonly get => Bit(21); set => Bit(21, value); }
    public bool ExcludeCallchainUser { readonly get => Bit(22); set => Bit(22, value); }
    public bool Mmap2 { readonly get => Bit(23); set => Bit(23, value); }
    public bool CommExec { readonly get => Bit(24); set => Bit(24, value); }
    public bool UseClockId { readonly get => Bit(25); set => Bit(25, value); }
    public bool ContextSwitch { readonly get => Bit(26); set => Bit(26, value); }
    public bool WriteBackward { readonly get => Bit(27); set => Bit(27, value); }
    public bool Namespaces { readonly get => Bit(28); set => Bit(28, value); }
    public bool Ksymbol { readonly get => Bit(29); set => Bit(29, value); }
    public bool BpfEvent { readonly get => Bit(30); set => Bit(30, value); }
    public bool AuxOutput { readonly get => Bit(31); set => Bit(31, value); }
    public bool Cgroup { readonly get => Bit(32); set => Bit(32, value); }
    public bool TextPoke { readonly get => Bit(33); set => Bit(33, value); }
    public bool BuildId { readonly get => Bit(34); set => Bit(34, value); }
    public bool InheritThread { readonly get => Bit(35); set => Bit(35, value); }
    public bool RemoveOnExec { readonly get => Bit(36); set => Bit(36, value); }
    public bool Sigtrap { readonly get => Bit(37); set => Bit(37, value); }

    /// <summary>
    /// Reads an attribute stored by any version: <paramref name="bytes"/> is exactly the stored structure (the
    /// container knows its length). Fields the writer did not know are zero; fields we do not know are dropped.
    /// False when there are fewer bytes than the first published structure has.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PerfEventAttr attr)
    {
        attr = default;
        if (bytes.Length < SmallestSize) return false;
        var own = MemoryMarshal.AsBytes(new Span<PerfEventAttr>(ref attr));
        bytes[..Math.Min(bytes.Length, own.Length)].CopyTo(own);
        return true;
    }

    private readonly bool Bit(int bit) => (Flags >> bit & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bit(int bit, bool on) => Flags = Flags & ~(1UL << bit) | (on ? 1UL << bit : 0);
}
