namespace Diagnose.Capture.Linux;

/// <summary>What <see cref="KernelLog"/> writes to. Each call returns 0 or an errno.</summary>
internal interface IKernelLogDevice
{
    int Open();

    /// <summary>One record, with its <c>&lt;level&gt;</c>.</summary>
    int Write(ReadOnlySpan<byte> record);

    void Close();
}

/// <summary>The kernel's own, <c>/dev/kmsg</c>.</summary>
internal sealed unsafe class KernelLogDevice : IKernelLogDevice
{
    private int _fd = -1;

    public int Open()
    {
        Close();
        fixed (byte* path = "/dev/kmsg\0"u8)
            _fd = Libc.Open(path, Libc.O_WRONLY | Libc.O_CLOEXEC, 0);
        return _fd < 0 ? Errno.Last : 0;
    }

    public int Write(ReadOnlySpan<byte> record)
    {
        while (true)
        {
            nint written;
            fixed (byte* bytes = record)
                written = Libc.Write(_fd, bytes, (nuint)record.Length);
            if (written >= 0)
                return 0;
            if (Errno.Last is var errno and not Errno.EINTR)
                return errno;
        }
    }

    public void Close()
    {
        if (_fd >= 0)
            _ = Libc.Close(_fd);
        _fd = -1;
    }
}
