using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Linux;

/// <summary>One end of a connection of packets (unix(7), SOCK_SEQPACKET): each send is one receive.</summary>
internal sealed unsafe class PacketSocket : SafeHandleMinusOneIsInvalid
{
    private const int MostBytes = 4096;

    public PacketSocket(int fd) : base(ownsHandle: true)
    {
        if (fd < 0)
            throw new IOException($"socket: {Errno.Text(Errno.Last)}");
        SetHandle(fd);
    }

    public int Fd => (int)handle;

    /// <summary>Two ends that are connected; close-on-exec.</summary>
    public static (PacketSocket Ours, PacketSocket Theirs) Pair()
    {
        int* ends = stackalloc int[2];
        if (Libc.SocketPair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, ends) < 0)
            throw new IOException($"socketpair: {Errno.Text(Errno.Last)}");
        return (new PacketSocket(ends[0]), new PacketSocket(ends[1]));
    }

    /// <summary>
    /// Connects to whoever listens at a path; null and an errno when nobody does, ETIMEDOUT where so many wait to be
    /// accepted that there was no room in time.
    /// </summary>
    public static PacketSocket? Connect(string path, out int errno, int timeoutMs = 1000)
    {
        const int timedOut = 110;
        var socket = new PacketSocket(Libc.Socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC | Libc.O_NONBLOCK, 0));
        byte* address = stackalloc byte[AddressBytes];
        uint length = Address(path, address);
        // A blocking connect waits for ever where the queue is full: those who gave up on a stopped process stay in it.
        for (long until = Environment.TickCount64 + timeoutMs; ; Thread.Sleep(1))
        {
            errno = Libc.Connect(socket.Fd, address, length) < 0 ? Errno.Last : 0;
            if (errno == 0)
                return socket;
            if (errno is not (Errno.EAGAIN or Errno.EINTR))
                break;
            if (Environment.TickCount64 >= until)
            {
                errno = timedOut;
                break;
            }
        }

        socket.Dispose();
        return null;
    }

    /// <summary>Sends one packet without waiting; false when the other end is gone or does not read.</summary>
    public bool Send(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
            return Libc.Send(Fd, start, (nuint)Math.Min(bytes.Length, MostBytes), Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT) >= 0;
    }

    /// <summary>
    /// Receives one packet: empty at the end of the connection, null when none came in time.
    /// </summary>
    public string? Receive(int timeoutMs)
    {
        byte* bytes = stackalloc byte[MostBytes];
        var fd = new Libc.PollFd { Fd = Fd, Events = Libc.POLLIN };
        long until = Environment.TickCount64 + timeoutMs;
        while (true)
        {
            nint got = Libc.Receive(Fd, bytes, MostBytes, Libc.MSG_DONTWAIT);
            if (got >= 0)
                return Encoding.UTF8.GetString(bytes, (int)got);
            int errno = Errno.Last;
            if (errno is not (Errno.EAGAIN or Errno.EINTR))
                return "";
            long left = until - Environment.TickCount64;
            if (left <= 0)
                return null;
            _ = Libc.Poll(&fd, 1, (int)left);
        }
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;

    internal const int AddressBytes = 110;

    /// <summary>Fills a <c>struct sockaddr_un</c>; returns its length.</summary>
    internal static uint Address(string path, byte* address)
    {
        const int familyBytes = 2;
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length >= AddressBytes - familyBytes)
            throw new IOException($"{path}: too long for a socket");
        new Span<byte>(address, AddressBytes).Clear();
        *(ushort*)address = Libc.AF_UNIX;
        bytes.CopyTo(new Span<byte>(address + familyBytes, bytes.Length));
        return (uint)(familyBytes + bytes.Length + 1);
    }
}
