using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

public sealed class PacketSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("diagnose-socket-");

    private string Path => $"{_folder.FullName}/s";

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Requests_are_answered_on_their_own_connection()
    {
        using var listener = new PacketListener(Path);
        Assert.Null(listener.Next(out _));
        using PacketSocket silent = PacketSocket.Connect(Path, out _)!, first = PacketSocket.Connect(Path, out _)!,
            second = PacketSocket.Connect(Path, out _)!;
        first.Send("one");
        second.Send("two");
        for (int i = 0; i < 2; i++)
        {
            string request = listener.Next(out PacketSocket? from)!;
            from!.Send("got " + request);
        }

        Assert.Null(listener.Next(out _));
        Assert.Equal(("got one", "got two"), (first.Receive(1000), second.Receive(1000)));
        Assert.Null(silent.Receive(1));
    }

    [Fact]
    public void One_that_goes_is_forgotten_and_the_end_is_seen()
    {
        using (var listener = new PacketListener(Path))
        {
            PacketSocket.Connect(Path, out _)!.Dispose();
            Assert.Null(listener.Next(out _));
            using PacketSocket stays = PacketSocket.Connect(Path, out _)!;
            stays.Send("still here");
            Assert.Equal("still here", listener.Next(out _));
            listener.Dispose();
            Assert.Equal("", stays.Receive(1000));
        }

        Assert.False(File.Exists(Path));
        Assert.Null(PacketSocket.Connect(Path, out int errno));
        Assert.Equal(Errno.ENOENT, errno);
    }

    [Fact]
    public void A_path_that_a_dead_listener_left_is_taken_over()
    {
        File.WriteAllText(Path, "");
        using var listener = new PacketListener(Path);
        using PacketSocket? socket = PacketSocket.Connect(Path, out _);
        Assert.NotNull(socket);
    }

    [Fact]
    public void Whoever_finds_a_full_queue_does_not_wait_for_ever()
    {
        using var listener = new PacketListener(Path);
        int errno = 0;
        for (int i = 0; i < 40 && errno == 0; i++)
            PacketSocket.Connect(Path, out errno, timeoutMs: 5)?.Dispose();
        Assert.Equal(110, errno);
        Assert.Null(listener.Next(out _));
        using PacketSocket? socket = PacketSocket.Connect(Path, out _);
        Assert.NotNull(socket);
    }

    [Fact]
    public void More_connections_than_there_is_room_for_are_closed()
    {
        using var listener = new PacketListener(Path);
        List<PacketSocket> sockets = [];
        for (int i = 0; i < 70; i++)
        {
            if (PacketSocket.Connect(Path, out _) is { } socket)
                sockets.Add(socket);
            Assert.Null(listener.Next(out _));
        }

        Assert.Equal("", sockets[^1].Receive(1000));
        sockets[0].Send("first");
        Assert.Equal("first", listener.Next(out _));
        sockets.ForEach(socket => socket.Dispose());
    }
}
