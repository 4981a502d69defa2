using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>Reads of files which the kernel makes up as they are read (/proc, /sys): their length is not known before.</summary>
public static unsafe class KernelFile
{
    /// <summary>Most that is read of one file; /proc/kallsyms, the longest, has some ten megabytes.</summary>
    public const int MostBytes = 256 << 20;

    /// <summary>
    /// Reads a whole file into <paramref name="buffer"/>, which grows as needed and is meant to be used again.
    /// <paramref name="nulTerminatedPath"/> ends with a NUL. False with the errno when it cannot be read.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> nulTerminatedPath, ref byte[] buffer, out Span<byte> content, out int errno)
    {
        content = default;
        int fd;
        fixed (byte* path = nulTerminatedPath) fd = Libc.Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK, 0);
        if (fd < 0)
        {
            errno = Errno.Last;
            return false;
        }

        errno = 0;
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= MostBytes) break;
                Array.Resize(ref buffer, Math.Max(4096, length * 2));
            }

            nint got;
            fixed (byte* p = buffer) got = Libc.Read(fd, p + length, (nuint)(buffer.Length - length));
            if (got < 0 && Errno.Last == Errno.EINTR) continue;
            if (got < 0) errno = Errno.Last;
            if (got <= 0) break;
            length += (int)got;
        }

        _ = Libc.Close(fd);
        content = buffer.AsSpan(0, length);
        return errno == 0;
    }

    /// <summary>The whole text of a small file, or null when it cannot be read.</summary>
    public static string? ReadText(string path) => ReadText(path, out _);

    /// <summary>The whole text of a small file, or null and the errno when it cannot be read.</summary>
    public static string? ReadText(string path, out int errno)
    {
        byte[] buffer = [];
        return TryRead(Encoding.UTF8.GetBytes(path + '\0'), ref buffer, out var content, out errno)
            ? Encoding.UTF8.GetString(content)
            : null;
    }
}
