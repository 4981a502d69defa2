using System.Globalization;
using System.Text;
using Diagnose.Capture.Linux;
using Microsoft.Diagnostics.NETCore.Client;

namespace Diagnose.Capture.DotNet;

/// <summary>
/// One process whose runtime is asked, on a thread of its own, to write a perf map: for the methods that it has compiled, and for
/// each one from then on. The process runs on meanwhile.
/// </summary>
internal sealed class DotNetProcess
{
    /// <summary>A runtime listens a moment after it was loaded; one that does not after this long has been told not to.</summary>
    private const int PatienceMs = 5000, RetryMs = 20;

    private const int StackBytes = 256 << 10;

    private readonly int _pid;
    private readonly Action<int, string> _say;
    private readonly CancellationToken _end;
    private Thread _request;
    private DiagnosticSocket? _socket;
    private NewPerfMap? _map;

    /// <param name="say">Told, on another thread, what did not work.</param>
    /// <param name="end">Set when the recording ends.</param>
    public DotNetProcess(int pid, Action<int, string> say, CancellationToken end)
    {
        (_pid, _say, _end) = (pid, say, end);
        _request = OnThread(Enable);
    }

    /// <summary>Waits until the request was answered or given up; false when it still is not.</summary>
    public bool Wait(int milliseconds) => _request.Join(milliseconds);

    /// <summary>Asks it to stop writing, where it was asked to write, and removes what it wrote. Returns at once; see <see cref="Wait"/>.</summary>
    public void Disable()
    {
        if (_request.IsAlive || _socket is null)
            return;
        _request = OnThread(() =>
        {
            try
            {
                Client(_socket).DisablePerfMap();
            }
            catch (Exception failure) when (IsExpected(failure))
            {
                // It has ended, or is past answering: nothing is left to do for it.
            }
            finally
            {
                _map?.Remove();
                _map?.Dispose();
                _socket.Dispose();
            }
        });
    }

    private static Thread OnThread(Action action)
    {
        var thread = new Thread(() => action(), StackBytes) { IsBackground = true, Name = "dotnet" };
        thread.Start();
        return thread;
    }

    private void Enable()
    {
        long patience = Environment.TickCount64 + PatienceMs;
        string why = "it listens to no tools (DOTNET_EnableDiagnostics=0?)";
        do
        {
            if (TryEnable(ref why))
                return;
        }
        while (Environment.TickCount64 < patience && !_end.WaitHandle.WaitOne(RetryMs));
        if (!_end.IsCancellationRequested)
            Refuse(why);
    }

    /// <summary>True when there is nothing more to try.</summary>
    private bool TryEnable(ref string why)
    {
        var proc = new ProcFs();
        if (!proc.TryReadStat(_pid, out ProcStat stat) || stat.IsExiting || !proc.TryReadStatus(_pid, out ProcStatus status))
            return true;
        // What is sent to one that is stopped, it does when it goes on and nobody is there to take it back.
        if (stat.State is 'T' or 't')
        {
            why = "it is stopped";
            return false;
        }

        // Somebody else wants it: then it is his to turn off, too.
        string name = NewPerfMap.NameOf(status.NamespacePid);
        if (WritesPerfMap(name))
            return true;
        if (DiagnosticSocket.Open(_pid, status, stat.StartTime, out string? refused) is not { } socket)
        {
            why = refused ?? why;
            return refused is not null && Refuse(refused);
        }

        try
        {
            HashSet<string> before = NewPerfMap.FoldersWith(_pid, name);
            Client(socket).EnablePerfMap(PerfMapType.PerfMap);
            _map = NewPerfMap.Find(_pid, name, before);
            _socket = socket;
            return true;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            socket.Dispose();
            why = failure is UnsupportedCommandException ? "its runtime is older than .NET 8" : failure.Message;
            return failure is UnsupportedCommandException && Refuse(why);
        }
    }

    private bool Refuse(string why)
    {
        _say(_pid, $"it runs .NET, but its perf map cannot be turned on: {why}; its methods stay unnamed");
        return true;
    }

    private static DiagnosticsClient Client(DiagnosticSocket socket) =>
        DiagnosticsClientConnector.FromDiagnosticPort($"{socket.Address},connect", CancellationToken.None).GetAwaiter().GetResult().Instance;

    private static bool IsExpected(Exception failure) => failure is DiagnosticsClientException or IOException or UnauthorizedAccessException
        or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException or InvalidOperationException or FormatException
        or ArgumentException or OperationCanceledException;

    /// <summary>Whether it has a perf map open to write to, by what its descriptors are called.</summary>
    private bool WritesPerfMap(string name)
    {
        List<int> fds = [];
        if (!Directories.TryListNumbers(Encoding.ASCII.GetBytes($"/proc/{_pid}/fd\0"), fds))
            return false;
        foreach (int fd in fds)
        {
            try
            {
                if (new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{_pid}/fd/{fd}")).LinkTarget?.EndsWith('/' + name, StringComparison.Ordinal) == true)
                    return true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Closed meanwhile.
            }
        }

        return false;
    }
}
