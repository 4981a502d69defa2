using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Live;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.DotNet;

/// <summary>
/// The socket that a .NET runtime listens on for requests of tools, found where the process itself sees it
/// (docs/design-docs/ipc-protocol.md of dotnet/diagnostics). Held open: whoever has the id next is never mistaken for it.
/// </summary>
internal sealed class DiagnosticSocket : IDisposable
{
    private readonly SafeFileHandle _socket;

    private DiagnosticSocket(SafeFileHandle socket) => _socket = socket;

    /// <summary>Where to connect to: short, whatever the path of the socket, and the very file that was looked at.</summary>
    public string Address =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)_socket.DangerousGetHandle()}");

    /// <summary>Null when there is none, yet.</summary>
    /// <param name="refused">Why one that is there is not trusted.</param>
    public static DiagnosticSocket? Open(int pid, in ProcStatus status, ulong startTime, out string? refused)
    {
        refused = null;
        // Its second number is the start of the process, so that a socket left by another with the same id is not found.
        string path = string.Create(CultureInfo.InvariantCulture,
            $"{ProcessTemp.SocketFolder(pid)}/dotnet-diagnostic-{status.NamespacePid}-{startTime}-socket");
        int fd = ProcessRoot.Open(pid, Encoding.UTF8.GetBytes(path), Libc.O_PATH, followLinks: false);
        if (fd < 0)
            return null;
        var file = new SafeFileHandle(fd, ownsHandle: true);
        if (FileStatus.TryGet(file, out FileStatus owned, out _) && owned.IsSocket)
        {
            var socket = new DiagnosticSocket(file);
            // In a folder that anybody writes to it may be a stranger's, who would answer what he likes.
            if (owned.Uid != status.Uid)
                refused = $"{path} belongs to user {owned.Uid}, not to process {pid}'s: it is not used";
            // His mount namespace may show another process's there.
            else if (socket.Listener() is { } listener && listener != pid)
                refused = $"{path} is process {listener}'s: it is not used";
            else
                return socket;
        }

        file.Dispose();
        return null;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The process that listens; null when none does, yet.</summary>
    private int? Listener()
    {
        const int level = 1, peerCredentials = 17;
        Span<int> peer = stackalloc int[3];
        try
        {
            using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            connection.Connect(new UnixDomainSocketEndPoint(Address));
            _ = connection.GetRawSocketOption(level, peerCredentials, MemoryMarshal.AsBytes(peer));
            return peer[0];
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
