using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>What statx(2) says of an open file.</summary>
public readonly record struct FileStatus
{
    /// <summary>File kind and permission bits.</summary>
    public uint Mode { get; private init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; private init; }

    public ulong Inode { get; private init; }

    /// <summary>Names that it has; 0 once it was removed.</summary>
    public uint Links { get; private init; }

    /// <summary>Bytes.</summary>
    public long Length { get; private init; }

    /// <summary>Device that holds it.</summary>
    public uint Major { get; private init; }

    public uint Minor { get; private init; }

    /// <summary>Modification time, in nanoseconds since 1970.</summary>
    public long ModifiedNs { get; private init; }

    public bool IsRegular => (Mode & 0xF000) == 0x8000;

    public bool IsSocket => (Mode & 0xF000) == 0xC000;

    public bool IsFolder => (Mode & 0xF000) == 0x4000;

    /// <summary>Asks about a path without opening what is there: a pipe would wait for somebody to write.</summary>
    /// <param name="follow">False for a link itself.</param>
    public static unsafe bool TryGet(string path, bool follow, out FileStatus status, out int errno)
    {
        const int noFollow = 0x20000;
        status = default;
        int fd;
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
            fd = Libc.Open(name, Libc.O_PATH | Libc.O_CLOEXEC | (follow ? 0 : noFollow), 0);
        errno = fd < 0 ? Errno.Last : 0;
        if (errno != 0)
            return false;
        using var file = new SafeFileHandle(fd, ownsHandle: true);
        return TryGet(file, out status, out errno);
    }

    /// <summary>Asks about an open file. Unlike struct stat, struct statx is laid out alike on every machine.</summary>
    public static unsafe bool TryGet(SafeFileHandle file, out FileStatus status, out int errno)
    {
        const int emptyPath = 0x1000;
        byte nul = 0;
        return TryGet((int)file.DangerousGetHandle(), &nul, emptyPath, out status, out errno);
    }

    /// <summary>Asks about a name in an open folder.</summary>
    /// <param name="flags">As statx(2) has them.</param>
    internal static unsafe bool TryGet(int folder, byte* name, int flags, out FileStatus status, out int errno)
    {
        const uint basicStats = 0x7ff;
        Statx found;
        status = default;
        errno = Libc.Statx(folder, name, flags, basicStats, &found) < 0 ? Errno.Last : 0;
        if (errno != 0) return false;
        status = new FileStatus
        {
            Mode = found.Mode,
            Uid = found.Uid,
            Inode = found.Inode,
            Links = found.Links,
            Length = (long)found.Size,
            Major = found.DeviceMajor,
            Minor = found.DeviceMinor,
            ModifiedNs = unchecked(found.Modified.Seconds * 1_000_000_000 + found.Modified.Nanoseconds),
        };
        return true;
    }

    /// <summary><c>struct statx</c> of <c>linux/stat.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    internal struct Statx
    {
        public uint Mask, BlockSize;
        public ulong Attributes;
        public uint Links, Uid, Gid;
        public ushort Mode, Spare;
        public ulong Inode, Size, Blocks, AttributesMask;
        public StatxTime Accessed, Born, Changed, Modified;
        public uint RealDeviceMajor, RealDeviceMinor, DeviceMajor, DeviceMinor;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct StatxTime
    {
        public long Seconds;
        public uint Nanoseconds;
        public int Reserved;
    }
}
