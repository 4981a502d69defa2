using System.Runtime.InteropServices;

namespace Diagnose.Capture.Linux;

/// <summary>Error numbers of <c>asm-generic/errno.h</c>, their names, and the C library's text for them.</summary>
public static unsafe class Errno
{
    public const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10,
        EAGAIN = 11, ENOMEM = 12, EACCES = 13, EBUSY = 16, EEXIST = 17, ENODEV = 19, ENOTDIR = 20, EISDIR = 21,
        EINVAL = 22, ENFILE = 23, EMFILE = 24, EFBIG = 27, ENOSPC = 28, EPIPE = 32, ENOSYS = 38, EILSEQ = 84,
        EOVERFLOW = 75, EOPNOTSUPP = 95, EADDRNOTAVAIL = 99;

    /// <summary>A number of the kernel's own which uprobes let out by mistake (<c>include/linux/errno.h</c>).</summary>
    public const int ENOTSUPP = 524;

    internal static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The symbol of an error number, such as <c>ENOENT</c>, or <c>errno 200</c>.</summary>
    public static string Name(int errno) => errno switch
    {
        EPERM => nameof(EPERM),
        ENOENT => nameof(ENOENT),
        ESRCH => nameof(ESRCH),
        EINTR => nameof(EINTR),
        EIO => nameof(EIO),
        ENXIO => nameof(ENXIO),
        E2BIG => nameof(E2BIG),
        ENOEXEC => nameof(ENOEXEC),
        EBADF => nameof(EBADF),
        ECHILD => nameof(ECHILD),
        EAGAIN => nameof(EAGAIN),
        ENOMEM => nameof(ENOMEM),
        EACCES => nameof(EACCES),
        EBUSY => nameof(EBUSY),
        EEXIST => nameof(EEXIST),
        ENODEV => nameof(ENODEV),
        ENOTDIR => nameof(ENOTDIR),
        EISDIR => nameof(EISDIR),
        EINVAL => nameof(EINVAL),
        ENFILE => nameof(ENFILE),
        EMFILE => nameof(EMFILE),
        EFBIG => nameof(EFBIG),
        ENOSPC => nameof(ENOSPC),
        EPIPE => nameof(EPIPE),
        ENOSYS => nameof(ENOSYS),
        EILSEQ => nameof(EILSEQ),
        EOVERFLOW => nameof(EOVERFLOW),
        EOPNOTSUPP => nameof(EOPNOTSUPP),
        EADDRNOTAVAIL => nameof(EADDRNOTAVAIL),
        ENOTSUPP => nameof(ENOTSUPP),
        _ => $"errno {errno}",
    };

    /// <summary>The error number behind an exception of .NET's file functions; EIO where it has none.</summary>
    public static int Of(Exception failure) => failure switch
    {
        UnauthorizedAccessException => EACCES,
        FileNotFoundException or DirectoryNotFoundException => ENOENT,
        // .NET keeps errno in HResult for what it has no exception of its own for.
        { HResult: > 0 and < 4096 } => failure.HResult,
        _ => EIO,
    };

    /// <summary>The system's own words for what went wrong.</summary>
    public static string Reason(Exception failure) => failure switch
    {
        UnauthorizedAccessException => "permission denied",
        DirectoryNotFoundException => "no such directory",
        { HResult: > 0 and < 4096 } => Text(failure.HResult),
        _ => failure.Message,
    };

    /// <summary>The C library's text, such as <c>No such file or directory</c>.</summary>
    public static string Text(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
