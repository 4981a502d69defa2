using System.Globalization;
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
        if (FileStatus.TryGet(file, out FileStatus socket, out _) && socket.IsSocket)
        {
            // In a folder that anybody writes to it may be a stranger's, who would answer what he likes.
            if (socket.Uid == 0 || socket.Uid == status.Uid)
                return new DiagnosticSocket(file);
            refused = $"{path} belongs to user {socket.Uid}, not to process {pid}'s user or root: it is not used";
        }

        file.Dispose();
        return null;
    }

    public void Dispose() => _socket.Dispose();
}
