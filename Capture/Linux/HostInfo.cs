using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>Bits of <c>linux/capability.h</c> that matter here.</summary>
[Flags]
public enum Capabilities : ulong
{
    None = 0,
    SysPtrace = 1UL << 19,
    SysAdmin = 1UL << 21,
    Syslog = 1UL << 34,

    /// <summary>Since Linux 5.8; SysAdmin includes it.</summary>
    Perfmon = 1UL << 38,
}

/// <summary>The machine and what this process may do on it, as they were when it was read.</summary>
public sealed record HostInfo
{
    public required string Hostname { get; init; }

    /// <summary>Kernel release, <c>uname -r</c>.</summary>
    public required string Release { get; init; }

    /// <summary>Kernel version, <c>uname -v</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Machine, <c>uname -m</c>.</summary>
    public required string Machine { get; init; }

    /// <summary>Random number of this boot, or empty.</summary>
    public required string BootId { get; init; }

    /// <summary>CPUs that are online, ascending.</summary>
    public required int[] OnlineCpus { get; init; }

    /// <summary>kernel.perf_event_paranoid; null when the kernel has no perf events.</summary>
    public int? PerfEventParanoid { get; init; }

    /// <summary>kernel.kptr_restrict, or null.</summary>
    public int? KptrRestrict { get; init; }

    /// <summary>Effective capabilities.</summary>
    public Capabilities Capabilities { get; init; }

    /// <summary>True when CAP_PERFMON, or CAP_SYS_ADMIN which includes it, is effective.</summary>
    public bool MayMonitor => (Capabilities & (Capabilities.Perfmon | Capabilities.SysAdmin)) != 0;

    public static unsafe HostInfo Read()
    {
        // struct utsname: six fields of 65 bytes, each NUL-terminated.
        const int field = 65;
        var names = stackalloc byte[6 * field];
        _ = Libc.Uname(names);
        string Field(int i) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + i * field));

        return new HostInfo
        {
            Hostname = Field(1),
            Release = Field(2),
            Version = Field(3),
            Machine = Field(4),
            BootId = KernelFile.ReadText("/proc/sys/kernel/random/boot_id")?.Trim() ?? "",
            OnlineCpus = CpuList.Online,
            PerfEventParanoid = ReadNumber("/proc/sys/kernel/perf_event_paranoid"),
            KptrRestrict = ReadNumber("/proc/sys/kernel/kptr_restrict"),
            Capabilities = new ProcFs().TryReadStatus(Environment.ProcessId, out var status) ? (Capabilities)status.EffectiveCapabilities : 0,
        };
    }

    /// <summary>kernel.perf_event_max_stack: frames at which the kernel cuts a callchain.</summary>
    public static int PerfEventMaxStack => ReadNumber("/proc/sys/kernel/perf_event_max_stack") ?? 127;

    private static int? ReadNumber(string path) =>
        int.TryParse(KernelFile.ReadText(path)?.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
