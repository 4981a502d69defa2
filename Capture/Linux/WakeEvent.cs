using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>An eventfd(2) that any thread sets to wake the one that waits in <see cref="RingPoll"/>.</summary>
public sealed unsafe class WakeEvent : SafeHandleZeroOrMinusOneIsInvalid
{
    public WakeEvent() : base(ownsHandle: true)
    {
        var fd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        if (fd < 0) throw new IOException($"eventfd: {Errno.Text(Errno.Last)}");
        SetHandle(fd);
    }

    public int Fd => (int)handle;

    /// <summary>Wakes the waiter now, or the next time it waits. Does nothing once closed.</summary>
    public void Set()
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            ulong one = 1;
            Libc.Write(Fd, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // A signal may still arrive while the sampler ends.
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>Clears it; true when it was set.</summary>
    public bool Reset()
    {
        ulong value;
        return Libc.Read(Fd, &value, sizeof(ulong)) == sizeof(ulong);
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
