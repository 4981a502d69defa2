using System.Runtime.InteropServices;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Linux;

/// <summary>
/// The C library's functions used here, with blittable arguments only. Those that can fail set errno, read with
/// <see cref="Marshal.GetLastPInvokeError"/> right after the call.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Name = "libc";

    public const int O_RDONLY = 0, O_WRONLY = 1, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000, O_PATH = 0x200000;
    public const int PROT_READ = 1, PROT_WRITE = 2;
    public const int MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000;
    public const int MADV_DONTNEED = 4;
    public const ulong RESOLVE_NO_MAGICLINKS = 2, RESOLVE_NO_SYMLINKS = 4, RESOLVE_IN_ROOT = 16;
    public const short POLLIN = 1, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32;
    public const int EFD_CLOEXEC = O_CLOEXEC, EFD_NONBLOCK = O_NONBLOCK;
    public const int CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7;
    public const int F_GETFD = 1, F_SETFD = 2, FD_CLOEXEC = 1;
    public const int WNOHANG = 1;
    public const int RLIMIT_NOFILE = 7;
    public const int SIGINT = 2, SIGKILL = 9, SIGPIPE = 13, SIGTERM = 15;
    public static readonly void* MAP_FAILED = (void*)-1;

    // System call numbers differ between machines only for the calls older than Linux 5.
    private static readonly long PerfEventOpenNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        Architecture.Arm64 => 241,
        var other => throw new PlatformNotSupportedException($"perf_event_open(2) has no known number on {other}"),
    };

    private const long PidfdOpenNumber = 434;

    [LibraryImport(Name, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(long number, void* a, nint b, nint c, nint d, nint e);

    public static int PerfEventOpen(PerfEventAttr* attr, int pid, int cpu, int groupFd, ulong flags) =>
        (int)Syscall(PerfEventOpenNumber, attr, pid, cpu, groupFd, (nint)flags);

    /// <summary>openat2(2), since Linux 5.6: the same number on every architecture.</summary>
    public static int OpenAt2(int folder, byte* path, int flags, ulong resolve)
    {
        const int openAt2 = 437, size = 24;
        var how = stackalloc ulong[3] { (ulong)flags, 0, resolve };
        return (int)Syscall(openAt2, (void*)(nint)folder, (nint)path, (nint)how, size, 0);
    }

    public static int PidfdOpen(int pid) => (int)Syscall(PidfdOpenNumber, (void*)(nint)pid, 0, 0, 0, 0);

    [LibraryImport(Name, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int fd, nuint request, nint argument);

    [LibraryImport(Name, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags, int mode);

    [LibraryImport(Name, EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport(Name, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport(Name, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nuint count);

    [LibraryImport(Name, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(int fd, void* buffer, nuint count, long offset);

    [LibraryImport(Name, EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Name, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(void* address, nuint length);

    [LibraryImport(Name, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int folder, byte* name, int flags);

    [LibraryImport(Name, EntryPoint = "madvise", SetLastError = true)]
    public static partial int MAdvise(void* address, nuint length, int advice);

    [LibraryImport(Name, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollFd* fds, nuint count, int timeoutMs);

    [LibraryImport(Name, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport(Name, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int FcntlLock(int fd, int command, FileRegion* region);

    /// <summary><c>struct flock</c> of <c>asm-generic/fcntl.h</c>.</summary>
    public struct FileRegion
    {
        public short Kind, Whence;
        public long Start, Length;
        public int Pid;
    }

    [LibraryImport(Name, EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    public static partial int ClockGetTime(int clock, TimeSpec* time);

    [LibraryImport(Name, EntryPoint = "opendir", SetLastError = true)]
    public static partial nint OpenDir(byte* path);

    [LibraryImport(Name, EntryPoint = "readdir", SetLastError = true)]
    public static partial DirEnt* ReadDir(nint directory);

    [LibraryImport(Name, EntryPoint = "closedir")]
    public static partial int CloseDir(nint directory);

    [LibraryImport(Name, EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetRLimit(int resource, RLimit* limit);

    [LibraryImport(Name, EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetRLimit(int resource, RLimit* limit);

    [LibraryImport(Name, EntryPoint = "uname", SetLastError = true)]
    public static partial int Uname(byte* names);

    [LibraryImport(Name, EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int fd, byte* path, int flags, uint mask, FileStatus.Statx* status);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct RLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    /// <summary><c>struct dirent</c>, the same in glibc and musl on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DirEnt
    {
        public ulong Inode;
        public long Offset;
        public ushort Length;
        public byte Type;
        public fixed byte Name[1];
    }
}
