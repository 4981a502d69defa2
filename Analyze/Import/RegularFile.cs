using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Import;

/// <summary>
/// Opens files that a recording names. They are only believed to be files: what is a pipe or a device by now is not opened
/// for reading, since that may wait for ever or do something.
/// </summary>
internal static unsafe partial class RegularFile
{
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800, PathOnly = 0x200000;
    private const int EmptyPath = 0x1000, StatusBytes = 256;
    private const uint BasicStats = 0x7ff;

    /// <param name="followLinks">False for a path in a folder that anybody writes to: a link there could name any file.</param>
    /// <param name="owner">User that the file belongs to.</param>
    /// <returns>Null when it is no regular file, or cannot be read.</returns>
    public static SafeFileHandle? Open(ReadOnlySpan<byte> path, out long length, out uint owner, bool followLinks = true)
    {
        const int longest = 4096;
        length = 0;
        owner = 0;
        if (path.Length > longest || path.Contains((byte)0))
            return null;
        int noFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;
        int fd;
        fixed (byte* name = (byte[])[.. path, 0])
            fd = Open(name, CloseOnExec | PathOnly | (followLinks ? 0 : noFollow));
        if (fd < 0)
            return null;
        // Looked at before it is opened for reading, and then the very same one.
        using var place = new SafeFileHandle(fd, ownsHandle: true);
        if (!TryStat(fd, out length, out owner))
            return null;
        fixed (byte* link = Encoding.ASCII.GetBytes($"/proc/self/fd/{fd}\0"))
            fd = Open(link, CloseOnExec | NonBlocking);
        return fd < 0 ? null : new SafeFileHandle(fd, ownsHandle: true);
    }

    /// <summary>Whether two open files are one, by whatever names.</summary>
    public static bool AreSame(SafeFileHandle one, SafeFileHandle other)
    {
        byte* status = stackalloc byte[2 * StatusBytes];
        const int inodeAt = 32, inodeBytes = 8, deviceAt = 136, deviceBytes = 8;
        return IsRead(one, status) && IsRead(other, status + StatusBytes)
            && Field(inodeAt, inodeBytes) && Field(deviceAt, deviceBytes);

        bool Field(int at, int bytes) =>
            new ReadOnlySpan<byte>(status + at, bytes).SequenceEqual(new ReadOnlySpan<byte>(status + StatusBytes + at, bytes));

        static bool IsRead(SafeFileHandle file, byte* into)
        {
            byte nul = 0;
            return Statx((int)file.DangerousGetHandle(), &nul, EmptyPath, BasicStats, into) == 0;
        }
    }

    /// <summary>Whether an open file is one, and no device or pipe.</summary>
    public static bool IsRegular(SafeFileHandle file) => TryStat((int)file.DangerousGetHandle(), out _, out _);

    /// <summary>User that this process acts as.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    // struct statx is laid out alike on every machine, unlike struct stat.
    private static bool TryStat(int fd, out long length, out uint owner)
    {
        const int uidAt = 20, modeAt = 28, sizeAt = 40;
        byte* status = stackalloc byte[StatusBytes];
        byte nul = 0;
        bool isRegular = Statx(fd, &nul, EmptyPath, BasicStats, status) == 0 && (*(ushort*)(status + modeAt) & 0xF000) == 0x8000;
        length = isRegular ? *(long*)(status + sizeAt) : 0;
        owner = isRegular ? *(uint*)(status + uidAt) : 0;
        return isRegular;
    }

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int folder, byte* path, int flags, uint mask, byte* status);
}
