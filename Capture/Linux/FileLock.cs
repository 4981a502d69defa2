using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>
/// Open file description locks (fcntl_locking(2)), which go with the descriptor, at the latest when its process ends
/// however it ends, and hinder nobody who only reads, unlike the flock(2) that .NET takes when it is asked to share less.
/// </summary>
public static unsafe class FileLock
{
    private const int Get = 36, Set = 37, SetWait = 38;
    private const short Write = 1, Unlock = 2;

    /// <summary>Locks the whole file. False when somebody else holds it; a file system without locks lets everybody.</summary>
    public static bool TryTake(SafeFileHandle file) => TryTake(file, 0, 0);

    /// <summary>Locks one byte, which need not be there.</summary>
    public static bool TryTake(SafeFileHandle file, long at) => TryTake(file, at, 1);

    /// <summary>Locks one byte, however long that takes.</summary>
    public static void Take(SafeFileHandle file, long at)
    {
        var region = new Libc.FileRegion { Kind = Write, Start = at, Length = 1 };
        while (Libc.FcntlLock((int)file.DangerousGetHandle(), SetWait, &region) != 0 && Errno.Last == Errno.EINTR)
        {
        }
    }

    /// <summary>Gives one byte back before the descriptor is closed.</summary>
    public static void Release(SafeFileHandle file, long at)
    {
        var region = new Libc.FileRegion { Kind = Unlock, Start = at, Length = 1 };
        _ = Libc.FcntlLock((int)file.DangerousGetHandle(), Set, &region);
    }

    /// <summary>True while another description holds one byte.</summary>
    public static bool IsTaken(SafeFileHandle file, long at)
    {
        var region = new Libc.FileRegion { Kind = Write, Start = at, Length = 1 };
        return Libc.FcntlLock((int)file.DangerousGetHandle(), Get, &region) == 0 && region.Kind != Unlock;
    }

    private static bool TryTake(SafeFileHandle file, long at, long length)
    {
        var region = new Libc.FileRegion { Kind = Write, Start = at, Length = length };
        return Libc.FcntlLock((int)file.DangerousGetHandle(), Set, &region) == 0 || Errno.Last is not (Errno.EAGAIN or Errno.EACCES);
    }
}
