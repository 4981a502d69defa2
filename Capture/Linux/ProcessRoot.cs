using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>Paths as a process sees them, in its own mount namespace and under its own root.</summary>
public static unsafe class ProcessRoot
{
    /// <summary>Opens an absolute path through <c>/proc/PID/root</c>; a descriptor, or -1 with the errno in <see cref="Errno.Last"/>.</summary>
    /// <param name="flags">O_CLOEXEC is added.</param>
    /// <param name="followLinks">False for a path in a folder that anybody writes to: a link there could name any file.</param>
    public static int Open(int pid, ReadOnlySpan<byte> path, int flags, bool followLinks)
    {
        byte[] root = [.. Encoding.ASCII.GetBytes($"/proc/{pid}/root"), 0], name = [.. path, 0];
        int folder, fd;
        fixed (byte* p = root) folder = Libc.Open(p, Libc.O_PATH | Libc.O_CLOEXEC, 0);
        if (folder < 0) return -1;
        // An absolute link leads into the process's root, not into ours.
        fixed (byte* p = name)
            fd = Libc.OpenAt2(folder, p, flags | Libc.O_CLOEXEC,
                Libc.RESOLVE_IN_ROOT | Libc.RESOLVE_NO_MAGICLINKS | (followLinks ? 0 : Libc.RESOLVE_NO_SYMLINKS));
        var unsupported = fd < 0 && Errno.Last is Errno.ENOSYS;
        _ = Libc.Close(folder);
        if (!unsupported) return fd;
        // Before Linux 5.6. There links of other users are not followed in sticky folders (fs.protected_symlinks).
        fixed (byte* p = (byte[])[.. root[..^1], (byte)'/', .. name]) return Libc.Open(p, flags | Libc.O_CLOEXEC, 0);
    }
}
