using System.Runtime.InteropServices;
using Diagnose.Formats.Elf;
using Diagnose.Formats.PerfData;

namespace Diagnose.Analyze.Import;

/// <summary>The machine that this runs on: a recording may have been made on it, and then it still knows the names.</summary>
internal static class OwnMachine
{
    private const string Notes = "/sys/kernel/notes";

    /// <summary>Whether nothing that a file says speaks against its having been recorded here, under this kernel.</summary>
    public static bool MayHaveMade(PerfDataFeatures features) =>
        Agrees(features.Hostname, Environment.MachineName) && Agrees(features.OsRelease, Release) && Agrees(features.Arch, Architecture);

    /// <summary>
    /// Whether a recording may be of this very boot, so that processes and their perf maps may be those of now: its clock is
    /// not ahead, and the file is younger than the boot.
    /// </summary>
    /// <param name="time">A time in the recording, in nanoseconds since boot.</param>
    /// <param name="written">When the file was last written; null where nobody knows.</param>
    public static bool IsStillUp(ulong time, DateTime? written)
    {
        TimeSpan up = TimeSpan.FromMilliseconds(Environment.TickCount64);
        return time / 1_000_000 <= (ulong)up.TotalMilliseconds && (written is not { } moment || moment >= DateTime.UtcNow - up);
    }

    /// <summary>Build ID of the running kernel, or empty.</summary>
    public static byte[] KernelBuildId() =>
        ElfNotes.TryFindBuildId(ReadSmall(Notes), out ReadOnlySpan<byte> id) ? id.ToArray() : [];

    /// <summary>A file that the kernel makes up; empty when it cannot be read.</summary>
    private static byte[] ReadSmall(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Release => System.Text.Encoding.UTF8.GetString(ReadSmall("/proc/sys/kernel/osrelease")).Trim();

    // As uname -m has it.
    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86_64",
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private static bool Agrees(string? recorded, string own) => string.IsNullOrEmpty(recorded) || recorded == own;
}
