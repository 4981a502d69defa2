using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Probes;

/// <summary>
/// Why a probe cannot be opened: the errno (what the documented <c>返回值</c> shows, negated) and one line for a
/// person that says what to do.
/// </summary>
public sealed record ProbeFailure(int Errno, string Message)
{
    /// <summary>The kernel's answer to perf_event_open(2) for a probe's event, explained.</summary>
    public static ProbeFailure FromOpen(Probe probe, int errno) => new(errno, probe.Kind switch
    {
        _ when errno is Linux.Errno.EACCES or Linux.Errno.EPERM => $"not allowed to open {probe}: {RightsNeeded(probe)}",
        _ when errno is Linux.Errno.EMFILE or Linux.Errno.ENFILE => $"too many open files for {probe}: raise the limit (ulimit -n) or select fewer CPUs or threads",
        _ when errno == Linux.Errno.ENOMEM => $"not enough kernel memory to open {probe}",
        ProbeKind.Kprobe or ProbeKind.Kretprobe => Kernel(probe, errno),
        ProbeKind.Uprobe or ProbeKind.Uretprobe => User(probe, errno),
        _ => Plain(probe, errno),
    });

    internal static ProbeFailure NoProbes(Probe probe)
    {
        var kernel = probe.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe;
        return new(Linux.Errno.EOPNOTSUPP, kernel
            ? $"this kernel cannot place {probe}: it was built without CONFIG_KPROBE_EVENTS; use a tracepoint, such as tracepoint:sched:sched_switch"
            : $"this kernel cannot place {probe}: it was built without CONFIG_UPROBE_EVENTS");
    }

    internal static ProbeFailure NoSymbol(Probe probe, string error) =>
        new(Linux.Errno.ENOENT, $"cannot place {probe}: {error}");

    internal static ProbeFailure NoTracepoint(Probe probe, int errno)
    {
        if (TraceFs.Root is null)
            return new(Linux.Errno.ENODEV, HostInfo.Read().MayMonitor
                ? $"cannot look up {probe}: tracefs is not mounted; mount it with: mount -t tracefs tracefs /sys/kernel/tracing"
                : $"cannot look up {probe}: tracefs is not mounted, or only root may read it");
        if (errno != Linux.Errno.ENOENT) return FromOpen(probe, errno);
        if (TraceFs.Tracepoints(probe.System) is not { } names)
            return new(errno, $"there is no {probe}: this kernel has no tracepoint system '{probe.System}'");
        return new(errno, $"there is no {probe}{DidYouMean(probe.Name, names)}");
    }

    internal static ProbeFailure NoSuchTarget(ProbeTarget target) => new(Linux.Errno.ESRCH,
        target.Kind == TargetKind.Thread ? $"there is no thread {target.Id}" : $"there is no process {target.Id}");

    internal static ProbeFailure CannotWatch(int errno) => new(errno, errno switch
    {
        Linux.Errno.EACCES or Linux.Errno.EPERM => $"not allowed to watch the machine's processes: {RightsNeeded(null)}",
        Linux.Errno.EMFILE or Linux.Errno.ENFILE => "too many open files: raise the limit (ulimit -n) or select fewer CPUs",
        Linux.Errno.ENOSYS => "this kernel has no perf events (it was built without CONFIG_PERF_EVENTS)",
        _ => $"cannot watch the machine's processes: {Describe(errno)}",
    });

    internal static ProbeFailure NoRing(int errno, long bytes) => new(errno, errno == Linux.Errno.EPERM
        ? $"not allowed to lock {bytes >> 10} KiB for a ring buffer: use a smaller one, raise kernel.perf_event_mlock_kb, or grant CAP_IPC_LOCK"
        : $"cannot make a ring buffer of {bytes >> 10} KiB: {Describe(errno)}");

    private static string Kernel(Probe probe, int errno)
    {
        switch (errno)
        {
            case Linux.Errno.ENOENT:
                var names = KernelFunctions.Names();
                return names.Contains(probe.Name)
                    ? $"cannot place {probe}: the kernel knows '{probe.Name}' but no code there can be probed"
                    : $"there is no kernel function '{probe.Name}'{DidYouMean(probe.Name, names)}";
            case Linux.Errno.EADDRNOTAVAIL:
                return $"cannot place {probe}: several kernel functions are called '{probe.Name}'; probe a function that calls it or is called by it";
            case Linux.Errno.EILSEQ:
                return $"cannot place {probe}: +0x{probe.Offset:x} is not the start of an instruction";
            case Linux.Errno.EINVAL or Linux.Errno.EOPNOTSUPP:
                if (KernelFunctions.IsBlacklisted(probe.Name))
                    return $"cannot place {probe}: '{probe.Name}' is in the kernel's kprobe blacklist, since probing it would break the prober; probe its caller";
                return probe.Offset != 0
                    ? $"cannot place {probe}: +0x{probe.Offset:x} is outside the function, or the kernel patches the code there"
                    : $"cannot place {probe}: the kernel refuses to probe '{probe.Name}' (marked notrace or __kprobes, or patched at run time); probe its caller";
            default:
                return Plain(probe, errno);
        }
    }

    private static string User(Probe probe, int errno) => errno switch
    {
        Linux.Errno.ENOENT or Linux.Errno.ENOTDIR => $"cannot place {probe}: there is no file '{probe.File}'",
        Linux.Errno.EINVAL => $"cannot place {probe}: '{probe.File}' is no regular file, or the offset is beyond its end",
        Linux.Errno.EILSEQ or Linux.Errno.ENOTSUPP or Linux.Errno.EOPNOTSUPP or Linux.Errno.ENOEXEC
            => $"cannot place {probe}: no instruction starts there, or one that cannot be probed",
        _ => Plain(probe, errno),
    };

    private static string Plain(Probe probe, int errno) => $"cannot open {probe}: {Describe(errno)}";

    private static string RightsNeeded(Probe? probe)
    {
        const string grant = "run as root, or grant CAP_PERFMON (before Linux 5.8 CAP_SYS_ADMIN)";
        if (probe?.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Uprobe or ProbeKind.Uretprobe)
            return $"{grant}; kprobes and uprobes need it whatever kernel.perf_event_paranoid says";
        var host = HostInfo.Read();
        if (host.MayMonitor) return "the kernel refuses although CAP_PERFMON is held: a container's seccomp profile or a lockdown forbids perf_event_open";
        return host.PerfEventParanoid is { } paranoid ? $"{grant}; or lower kernel.perf_event_paranoid, which is {paranoid}, to -1" : grant;
    }

    private static string DidYouMean(string name, IReadOnlyCollection<string> names) =>
        NearNames.To(name, names) is { Count: > 0 } near ? $"; did you mean {string.Join(" or ", near)}?" : "";

    private static string Describe(int errno) => $"{Linux.Errno.Text(errno)} ({Linux.Errno.Name(errno)})";
}
