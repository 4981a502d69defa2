using System.Text;
using System.Text.Unicode;
using Diagnose.Formats.Symbols;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>
/// The bytes of a file at their offsets, in memory of our own: addresses are set aside for the whole file, and only
/// the parts asked for are read into it. Mapping the file itself would be shorter, but whoever truncates a mapped file
/// kills the reader with SIGBUS, and the sampler reads files that any user may change while it does.
/// </summary>
public sealed unsafe class FileImage : IModuleImage
{
    private readonly SafeFileHandle file;
    private byte* memory;

    private FileImage(SafeFileHandle file, byte* memory, int length)
    {
        this.file = file;
        this.memory = memory;
        Length = length;
    }

    /// <summary>Bytes of the file when it was opened.</summary>
    public int Length { get; }

    /// <summary>The whole file; bytes in parts not loaded are zero.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory == null, this);
            return new ReadOnlySpan<byte>(memory, Length);
        }
    }

    /// <summary>
    /// Sets addresses aside for a regular file of at most <paramref name="mostBytes"/> and reads nothing yet. Owns
    /// <paramref name="file"/> from here, also on failure.
    /// </summary>
    public static bool TryOpen(SafeFileHandle file, int mostBytes, out FileImage? image, out string? error)
    {
        image = null;
        if (!FileStatus.TryGet(file, out var status, out var errno)) error = Errno.Text(errno);
        else if (!status.IsRegular) error = "not a regular file";
        else if (status.Length == 0) error = "the file is empty";
        else if (status.Length > mostBytes) error = $"the file has {status.Length} bytes, more than the {mostBytes} that are read";
        else
        {
            var memory = Libc.Mmap(null, (nuint)status.Length, Libc.PROT_READ | Libc.PROT_WRITE,
                Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1, 0);
            if (memory != Libc.MAP_FAILED)
            {
                error = null;
                image = new FileImage(file, (byte*)memory, (int)status.Length);
                return true;
            }

            error = Errno.Text(Errno.Last);
        }

        file.Dispose();
        return false;
    }

    /// <summary>
    /// Reads a part of the file, in bytes; what lies beyond its end is left out. False when the file has become
    /// shorter or cannot be read: the bytes missing stay zero.
    /// </summary>
    public bool TryLoad(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(memory == null, this);
        if (offset < 0 || count < 0 || offset > Length) return false;
        var end = Math.Min(count, Length - offset) + offset;
        while (offset < end)
        {
            var got = Libc.PRead((int)file.DangerousGetHandle(), memory + offset, (nuint)(end - offset), offset);
            if (got < 0 && Errno.Last == Errno.EINTR) continue;
            if (got <= 0) return false;
            offset += got;
        }

        return true;
    }

    /// <summary>Gives the memory of all parts back: they are zero until they are loaded again.</summary>
    public void Forget()
    {
        ObjectDisposedException.ThrowIf(memory == null, this);
        _ = Libc.MAdvise(memory, (nuint)Length, Libc.MADV_DONTNEED);
    }

    /// <summary>Reads the whole file.</summary>
    public bool TryLoadAll() => TryLoad(0, Length);

    public void Dispose()
    {
        if (memory == null) return;
        _ = Libc.Munmap(memory, (nuint)Length);
        memory = null;
        file.Dispose();
    }

    /// <summary>
    /// Opens the file behind a mapping of a process: through <c>/proc/PID/map_files</c>, which finds the very file even
    /// when it was unlinked or replaced, else by its path under the process's own root. Null when neither is a
    /// regular file that can be read.
    /// </summary>
    public static SafeFileHandle? OpenMappedFile(int pid, ulong start, ulong end, ReadOnlySpan<byte> path)
    {
        Span<byte> name = stackalloc byte[80];
        Utf8.TryWrite(name, $"/proc/{pid}/map_files/{start:x}-{end:x}\0", out var length);
        if (OpenRegular(name[..length]) is { } exact) return exact;
        return path.StartsWith("/"u8) ? OpenUnderRoot(pid, path) : null;
    }

    /// <summary>Opens a file by its path as a process sees it, through <c>/proc/PID/root</c>; null when it is no regular file that can be read.</summary>
    /// <param name="followLinks">False for a path in a folder that anybody writes to: a link there could name any file.</param>
    public static SafeFileHandle? OpenUnderRoot(int pid, ReadOnlySpan<byte> path, bool followLinks = true)
    {
        if (path.Length > 4096 || path.Contains((byte)0)) return null;
        return Regular(ProcessRoot.Open(pid, path, Libc.O_RDONLY | Libc.O_NONBLOCK, followLinks));
    }

    /// <summary>Opens a file as anybody would; null when it is no regular file that can be read.</summary>
    public static SafeFileHandle? OpenOwn(string path) => OpenRegular(Encoding.UTF8.GetBytes(path + '\0'));

    private static SafeFileHandle? OpenRegular(ReadOnlySpan<byte> nulTerminatedPath)
    {
        int fd;
        // O_NONBLOCK: a process may map or name a pipe, whose open would wait for a writer.
        fixed (byte* p = nulTerminatedPath) fd = Libc.Open(p, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK, 0);
        return Regular(fd);
    }

    private static SafeFileHandle? Regular(int fd)
    {
        if (fd < 0) return null;
        var handle = new SafeFileHandle(fd, ownsHandle: true);
        if (FileStatus.TryGet(handle, out var status, out _) && status.IsRegular) return handle;
        handle.Dispose();
        return null;
    }
}
