using System.Text;
using Diagnose.Formats.PerfEvents;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>A perf event: the file descriptor that perf_event_open(2) returns.</summary>
public sealed unsafe class PerfEvent : SafeHandleZeroOrMinusOneIsInvalid
{
    private const ulong FdCloexec = 1 << 3;
    private const nuint IocEnable = 0x2400, IocDisable = 0x2401, IocSetOutput = 0x2405, IocSetFilter = 0x40082406;
    private readonly ReadFormat readFormat;

    private PerfEvent(int fd, ReadFormat readFormat) : base(ownsHandle: true)
    {
        SetHandle(fd);
        this.readFormat = readFormat;
    }

    /// <summary>The file descriptor, for poll(2) and mmap(2); valid while this object is.</summary>
    public int Fd => (int)handle;

    /// <summary>
    /// Opens an event. <paramref name="pid"/> is a thread, 0 for the caller or -1 for every thread;
    /// <paramref name="cpu"/> is a CPU or -1 for every CPU (of one thread). <see cref="PerfEventAttr.Size"/> is filled
    /// in. On failure <paramref name="perfEvent"/> is null and <paramref name="errno"/> says why.
    /// </summary>
    public static bool TryOpen(in PerfEventAttr attr, int pid, int cpu, out PerfEvent? perfEvent, out int errno, int groupFd = -1)
    {
        var own = attr;
        own.Size = PerfEventAttr.FullSize;
        int fd;
        do fd = Libc.PerfEventOpen(&own, pid, cpu, groupFd, FdCloexec);
        while (fd < 0 && Errno.Last == Errno.EINTR);
        errno = fd < 0 ? Errno.Last : 0;
        perfEvent = fd < 0 ? null : new PerfEvent(fd, attr.ReadFormat);
        return fd >= 0;
    }

    /// <summary>Lets it count, with everything that inherited it. Returns 0 or an errno.</summary>
    public int Enable() => Control(IocEnable, 0);

    /// <summary>Stops it, with everything that inherited it. Returns 0 or an errno.</summary>
    public int Disable() => Control(IocDisable, 0);

    /// <summary>
    /// Sets the kernel's filter of a tracepoint, kprobe or uprobe event (<c>common_pid != 0</c>); replaces the one set
    /// before. Returns 0 or an errno.
    /// </summary>
    public int SetFilter(string filter)
    {
        var text = Encoding.UTF8.GetBytes(filter + '\0');
        fixed (byte* p = text) return Control(IocSetFilter, (nint)p);
    }

    /// <summary>
    /// Sends this event's records to the ring of <paramref name="owner"/>, which must be on the same CPU and have the
    /// same clock. Returns 0 or an errno.
    /// </summary>
    public int SetOutput(PerfEvent owner) => Control(IocSetOutput, owner.Fd);

    /// <summary>
    /// Reads how often the event happened and, when it was opened with <see cref="ReadFormat.Lost"/>, how many of its
    /// samples found no room in the ring (else 0). Returns 0 or an errno. Not for groups.
    /// </summary>
    public int TryRead(out ulong count, out ulong lost)
    {
        const int most = 5;
        var values = stackalloc ulong[most];
        count = lost = 0;
        var got = Libc.Read(Fd, values, most * 8);
        if (got < 0) return Errno.Last;
        if (got < 8) return Errno.EIO;
        count = values[0];
        // The lost count is the last field of all.
        if ((readFormat & ReadFormat.Lost) != 0 && got >= 16) lost = values[got / 8 - 1];
        return 0;
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;

    private int Control(nuint request, nint argument)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        while (Libc.Ioctl(Fd, request, argument) < 0)
            if (Errno.Last != Errno.EINTR) return Errno.Last;
        return 0;
    }
}
