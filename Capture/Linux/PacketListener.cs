using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>
/// Listens at a path, and to those who connected. All are watched by one epoll(7) descriptor, which can itself be polled:
/// whoever connects and says nothing holds nobody up.
/// </summary>
internal sealed unsafe class PacketListener : IDisposable
{
    private const int MostConnections = 64;

    private readonly string _path;
    private readonly PacketSocket _listener;
    private readonly SafeFileHandle _epoll;
    private readonly Dictionary<int, PacketSocket> _connections = [];

    /// <summary>Takes the path over; whoever listened there before is known to be gone.</summary>
    /// <exception cref="IOException">The path cannot be listened at.</exception>
    public PacketListener(string path)
    {
        _path = path;
        File.Delete(path);
        _listener = new PacketSocket(Libc.Socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC | Libc.O_NONBLOCK, 0));
        byte* address = stackalloc byte[PacketSocket.AddressBytes];
        uint length = PacketSocket.Address(path, address);
        const int backlog = 16;
        if (Libc.Bind(_listener.Fd, address, length) < 0 || Libc.Listen(_listener.Fd, backlog) < 0)
            throw new IOException($"cannot listen at {path}: {Errno.Text(Errno.Last)}");
        _epoll = new SafeFileHandle(Libc.EpollCreate(Libc.O_CLOEXEC), ownsHandle: true);
        Watch(_listener.Fd);
    }

    /// <summary>Readable when somebody connects or says something.</summary>
    public int Fd => (int)_epoll.DangerousGetHandle();

    /// <summary>The next request that has come, with the connection to answer it on; null when there is none.</summary>
    public string? Next(out PacketSocket? from)
    {
        from = null;
        EpollEvent ready;
        while (Libc.EpollWait(Fd, &ready, 1, 0) == 1)
        {
            int fd = (int)ready.Data;
            if (fd == _listener.Fd)
            {
                // Whoever cannot be let in (no descriptor is left) stays ready for ever.
                if (!TryAccept())
                    return null;
                continue;
            }

            PacketSocket connection = _connections[fd];
            string? request = connection.Receive(0);
            if (request is { Length: > 0 })
            {
                from = connection;
                return request;
            }

            if (request is not null)
                Close(connection);
        }

        return null;
    }

    public void Dispose()
    {
        // The path goes first: nobody connects any more, and those who did see the end when all is done.
        File.Delete(_path);
        _listener.Dispose();
        foreach (PacketSocket connection in _connections.Values)
            connection.Dispose();
        _epoll.Dispose();
    }

    private bool TryAccept()
    {
        int fd = Libc.Accept(_listener.Fd, null, null, Libc.SOCK_CLOEXEC | Libc.O_NONBLOCK);
        if (fd < 0)
            return false;
        var connection = new PacketSocket(fd);
        if (_connections.Count >= MostConnections)
        {
            connection.Dispose();
            return true;
        }

        _connections.Add(fd, connection);
        Watch(fd);
        return true;
    }

    private void Close(PacketSocket connection)
    {
        // Closing takes it out of the epoll set.
        _connections.Remove(connection.Fd);
        connection.Dispose();
    }

    private void Watch(int fd)
    {
        const int add = 1;
        const uint readable = 1;
        var what = new EpollEvent { Events = readable, Data = (ulong)fd };
        if (Libc.EpollControl(Fd, add, fd, &what) < 0)
            throw new IOException($"epoll: {Errno.Text(Errno.Last)}");
    }

    /// <summary><c>struct epoll_event</c>, which x86-64 packs.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential, Pack = 4)]
    private struct EpollEvent
    {
        public uint Events;
        public ulong Data;
    }
}
