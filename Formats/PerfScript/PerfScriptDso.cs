using System.Buffers.Text;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.PerfScript;

/// <summary>The code image that a frame's last parentheses name.</summary>
public readonly ref struct PerfScriptDso
{
    /// <summary>No file is as large, and no program lies as low: what perf prints below it is an offset in a file.</summary>
    private const ulong LargestFile = 1UL << 36;

    /// <summary>Every architecture whose addresses tell has the kernel in the upper half.</summary>
    private const ulong KernelHalf = 1UL << 63;

    private PerfScriptDso(ModuleKind kind, ReadOnlySpan<byte> path, bool isKernel, uint pid = 0)
    {
        Kind = kind;
        Path = path;
        IsKernel = isKernel;
        Pid = pid;
    }

    public ModuleKind Kind { get; }

    /// <summary>Path, or a kernel module's name; empty where nothing is known of the image.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Whether the frame is the kernel's.</summary>
    public bool IsKernel { get; }

    /// <summary>Process of generated code, 0 for none.</summary>
    public uint Pid { get; }

    /// <summary>What the frame lies in.</summary>
    /// <param name="isRaw">Whether user addresses are where the code lay and not offsets in files.</param>
    public static PerfScriptDso Of(in PerfScriptFrame frame, bool isRaw)
    {
        ReadOnlySpan<byte> dso = frame.Dso;
        bool isHigh = frame.Address >= KernelHalf;
        if (frame.IsInlined)
            return new(ModuleKind.Unknown, "(inlined)"u8, isHigh);
        ReadOnlySpan<byte> file = dso[(dso.LastIndexOf((byte)'/') + 1)..];
        if (dso.StartsWith("[kernel."u8) || dso.StartsWith("[guest.kernel."u8) || dso.SequenceEqual("[kernel]"u8)
            || file.StartsWith("vmlinux"u8) || dso.SequenceEqual("/proc/kcore"u8))
            return new(ModuleKind.Kernel, dso, true);
        if (ModuleFile(file) is { IsEmpty: false } module)
            return new(ModuleKind.KernelModule, module, true);
        if (dso.IsEmpty || dso.SequenceEqual("[unknown]"u8))
            return new(ModuleKind.Unknown, default, isHigh);
        if (isHigh && !dso.SequenceEqual("[vsyscall]"u8))
            return Kernel(dso);
        return User(frame.Address, dso, isRaw);
    }

    private static PerfScriptDso Kernel(ReadOnlySpan<byte> dso)
    {
        if (dso is [(byte)'[', _, .., (byte)']'])
            return new(ModuleKind.KernelModule, dso[1..^1], true);
        // Code that the kernel makes has no module; the trace calls it what kallsyms calls it.
        return dso.StartsWith("bpf_"u8)
            ? new(ModuleKind.KernelModule, "bpf"u8, true) : new(ModuleKind.Unknown, dso, true);
    }

    private static PerfScriptDso User(ulong address, ReadOnlySpan<byte> dso, bool isRaw)
    {
        if (dso.StartsWith("[vdso"u8))
            return new(isRaw || address >= LargestFile ? ModuleKind.Unknown : ModuleKind.Vdso, dso, false);
        if (TryGetJit(dso, out uint pid))
            return new(ModuleKind.Anonymous, dso, false, pid);
        bool isFile = !isRaw && address < LargestFile && dso is not [(byte)'[', ..] && !dso.StartsWith("//"u8)
            && !dso.StartsWith("anon_inode:"u8) && !dso.StartsWith("/memfd:"u8) && !dso.StartsWith("/SYSV"u8)
            && !dso.StartsWith("/dev/zero"u8);
        return new(isFile ? ModuleKind.File : ModuleKind.Unknown, dso, false);
    }

    /// <summary><c>/tmp/perf-PID.map</c>, where compilers name what they make, or perf's short name for it.</summary>
    private static bool TryGetJit(ReadOnlySpan<byte> dso, out uint pid)
    {
        pid = 0;
        int start = dso.LastIndexOf("/perf-"u8) is var map and >= 0 && dso.EndsWith(".map"u8) ? map + "/perf-".Length
            : dso.StartsWith("[JIT] tid "u8) ? "[JIT] tid ".Length : -1;
        return start >= 0 && Utf8Parser.TryParse(dso[start..], out pid, out _) && pid <= ModuleRow.PidMask;
    }

    /// <summary>The name of a module by its file, <c>nf_tables.ko.xz</c>; empty where the file is none.</summary>
    private static ReadOnlySpan<byte> ModuleFile(ReadOnlySpan<byte> file)
    {
        int end = file.LastIndexOf(".ko"u8);
        return end > 0 && (file.Length == end + 3 || file[end + 3] == '.') ? file[..end] : default;
    }
}
