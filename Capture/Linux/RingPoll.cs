namespace Diagnose.Capture.Linux;

/// <summary>Waits until a ring passes its watermark, a <see cref="WakeEvent"/> is set or another descriptor is ready.</summary>
public sealed unsafe class RingPoll
{
    private readonly Libc.PollFd[] fds;
    private readonly WakeEvent wake;

    /// <summary>Waits on <paramref name="fds"/>, known afterwards by their place in this list, and on <paramref name="wake"/>.</summary>
    public RingPoll(ReadOnlySpan<int> fds, WakeEvent wake)
    {
        this.wake = wake;
        this.fds = new Libc.PollFd[fds.Length + 1];
        this.fds[^1] = new Libc.PollFd { Fd = wake.Fd, Events = Libc.POLLIN };
        for (var i = 0; i < fds.Length; i++) this.fds[i] = new Libc.PollFd { Fd = fds[i], Events = Libc.POLLIN };
    }

    /// <summary>Waits up to <paramref name="timeoutMs"/> (-1 for ever); true when something is ready, also after a signal's wake.</summary>
    public bool Wait(int timeoutMs)
    {
        int ready;
        fixed (Libc.PollFd* p = fds) ready = Libc.Poll(p, (nuint)fds.Length, timeoutMs);
        if (ready <= 0)
        {
            foreach (ref var fd in fds.AsSpan()) fd.Returned = 0;
            return false;
        }

        // A ring whose event ended reports a hang-up for ever; it would turn every later wait into a busy loop.
        foreach (ref var fd in fds.AsSpan(0, fds.Length - 1))
            if (fd.Fd >= 0 && (fd.Returned & Libc.POLLIN) == 0 && (fd.Returned & (Libc.POLLHUP | Libc.POLLERR | Libc.POLLNVAL)) != 0)
                fd.Fd = ~fd.Fd;
        return true;
    }

    /// <summary>True when the wake event was set before or during the last <see cref="Wait"/>; clears it.</summary>
    public bool TakeWake() => fds[^1].Returned != 0 && wake.Reset();
}
