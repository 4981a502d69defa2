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
    private readonly ulong _started;
    private readonly Action<int, string> _say;
    private readonly CancellationToken _end;
    private readonly Lock _turn = new();
    private readonly Thread _request;
    private Thread? _off;
    private DiagnosticSocket? _socket;
    private NewPerfMap? _map;

    /// <summary>The user and name of its map, and the folders that had one, before it was asked.</summary>
    private (uint Uid, string Name, HashSet<string> Before) _asked;

    /// <summary>Threads that use the socket, and whether the map is to be off: the last thread then cleans up.</summary>
    private int _busy = 1;
    private bool _isOff;

    /// <param name="say">Told, on another thread, what did not work.</param>
    /// <param name="end">Set when the recording ends.</param>
    public DotNetProcess(int pid, Action<int, string> say, CancellationToken end)
    {
        (_pid, _say, _end) = (pid, say, end);
        _started = StartTime();
        _request = OnThread(Enable);
    }

    /// <summary>It has ended.</summary>
    public bool IsGone => StartTime() is var started && (started == 0 || started != _started);

    /// <summary>Waits until what is under way was answered or given up; false when it still is not.</summary>
    public bool Wait(int milliseconds)
    {
        long end = Environment.TickCount64 + milliseconds;
        return _request.Join(milliseconds) && _off?.Join((int)Math.Max(0, end - Environment.TickCount64)) != false;
    }

    /// <summary>
    /// Asks it to stop writing, where it was asked to write, and removes what it wrote. Returns at once; see <see cref="Wait"/>. One that
    /// has not answered is asked all the same: a runtime does one thing after another, and may come to both when nobody is here any more.
    /// </summary>
    public void Disable()
    {
        lock (_turn)
        {
            if (_isOff)
                return;
            _isOff = true;
            if (_socket is null)
                return;
            _busy++;
        }

        _off = OnThread(() =>
        {
            AskOff();
            Leave();
        });
    }

    private static Thread OnThread(Action action)
    {
        var thread = new Thread(() => action(), StackBytes) { IsBackground = true, Name = "dotnet" };
        thread.Start();
        return thread;
    }

    /// <summary>When it started; 0 when it is no more.</summary>
    private ulong StartTime() => new ProcFs().TryReadStat(_pid, out ProcStat stat) && !stat.IsExiting ? stat.StartTime : 0;

    private void Enable()
    {
        try
        {
            TryForAWhile();
        }
        finally
        {
            bool isLate;
            lock (_turn)
                isLate = _isOff;
            // What was asked for since may have come before it.
            if (isLate)
                AskOff();
            Leave();
        }
    }

    private void AskOff()
    {
        if (_socket is not { } socket)
            return;
        try
        {
            Client(socket).DisablePerfMap();
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            // It has ended, or is past answering: nothing is left to do for it.
        }
    }

    /// <summary>The last thread removes the map. Nothing is asked for behind that.</summary>
    private void Leave()
    {
        lock (_turn)
        {
            if (--_busy > 0 || !_isOff)
                return;
        }

        if (_socket is not null)
            _map ??= NewPerfMap.Find(_pid, _asked.Name, _asked.Uid, _asked.Before);
        _map?.Remove();
        _map?.Dispose();
        _socket?.Dispose();
        (_map, _socket) = (null, null);
    }

    private void TryForAWhile()
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
        if (!proc.TryReadStat(_pid, out ProcStat stat) || stat.IsExiting || stat.StartTime != _started
            || !proc.TryReadStatus(_pid, out ProcStatus status))
            return true;
        // What is sent to one that is stopped, it does when it goes on and nobody is there to take it back.
        if (stat.State is 'T' or 't')
        {
            why = "it is stopped";
            return false;
        }

        // Somebody else wants it: then it is his to turn off, too. Unless it was asked, and only its answer was lost.
        string name = NewPerfMap.NameOf(status.NamespacePid);
        if (Writes(name) || (_socket is null && Writes(string.Create(CultureInfo.InvariantCulture, $"jit-{status.NamespacePid}.dump"))))
        {
            KeepMap();
            return true;
        }

        if (_socket is null)
        {
            if (DiagnosticSocket.Open(_pid, status, stat.StartTime, out string? refused) is not { } socket)
            {
                why = refused ?? why;
                return refused is not null && Refuse(refused);
            }

            // Known before it is asked: whatever becomes of the answer, it is asked to stop.
            lock (_turn)
            {
                if (_isOff)
                {
                    socket.Dispose();
                    return true;
                }

                _asked = (status.Uid, name, NewPerfMap.FoldersWith(_pid, name));
                _socket = socket;
            }
        }

        try
        {
            Client(_socket).EnablePerfMap(PerfMapType.PerfMap);
            KeepMap();
            return true;
        }
        catch (Exception failure) when (IsExpected(failure))
        {
            why = failure is UnsupportedCommandException ? "its runtime is older than .NET 8" : failure.Message;
            return failure is UnsupportedCommandException && Refuse(why);
        }
    }

    /// <summary>Its folder is out of reach once the process is gone.</summary>
    private void KeepMap()
    {
        if (_socket is not null)
            _map = NewPerfMap.Find(_pid, _asked.Name, _asked.Uid, _asked.Before);
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

    /// <summary>Whether it has such a file open to write to, by what its descriptors are called.</summary>
    private bool Writes(string name)
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
