using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>
/// Keeps two recorders from one file: an open file description lock (fcntl_locking(2)), which goes with the descriptor
/// and hinders nobody who only reads, unlike the flock(2) that .NET takes when it is asked to share less.
/// </summary>
public static class FileLock
{
    /// <summary>False when somebody else holds it; a file system without locks lets everybody.</summary>
    public static unsafe bool TryTake(SafeFileHandle file)
    {
        const int setLock = 37;
        const short write = 1;
        var whole = new Libc.FileRegion { Kind = write };
        return Libc.FcntlLock((int)file.DangerousGetHandle(), setLock, &whole) == 0 || Errno.Last is not (Errno.EAGAIN or Errno.EACCES);
    }
}
