using System.Diagnostics;
using System.Globalization;

namespace Diagnose.Capture.Tests.DotNet;

/// <summary>A process that listens where a .NET runtime would, in a folder of its own, and answers as badly as it is told to.</summary>
internal sealed class FakeRuntime : IDisposable
{
    /// <summary>One request after the other, as a runtime takes them. Magic, length, command set, command, reserved; then the arguments.</summary>
    private const string Script = """
        import os, socket, struct, sys, time
        how, folder, pid = sys.argv[1], sys.argv[2], int(sys.argv[3]) or os.getpid()
        start = open(f'/proc/{pid}/stat').read().rsplit(')')[1].split()[19]
        at, map, log = f'{folder}/dotnet-diagnostic-{pid}-{start}-socket', None, open(f'{folder}/log', 'w', 1)
        if how == 'dump': dump = open(f'{folder}/jit-{pid}.dump', 'w')
        server = socket.socket(socket.AF_UNIX)
        server.bind(at + '-')
        if how == 'stranger': os.chown(at + '-', 12345, 12345)
        server.listen(64)
        os.rename(at + '-', at)
        print('ready', flush=True)
        while True:
            connection, _ = server.accept()
            header = connection.recv(20, socket.MSG_WAITALL)
            if len(header) < 20: continue
            size, kind, command, _ = struct.unpack('<HBBH', header[14:])
            connection.recv(size - 20, socket.MSG_WAITALL)
            if how == 'never':
                print('asked', file=log)
                time.sleep(600)
            if command == 5:
                print('asked', file=log)
                if how == 'late': time.sleep(1.5)
                map = open(f'{folder}/perf-{pid}.map', 'w')
                print('on', file=log)
            if command == 6:
                if map: map.close()
                print('off', file=log)
            answer = header[:14] + struct.pack('<HBBHI', 24, 0xff, 0, 0, 0)
            try: connection.sendall(answer[:10] if how == 'short' and command == 5 else answer)
            except OSError: pass
            connection.close()
        """;

    private readonly Process _process;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fake-runtime-");

    /// <param name="how">What the script knows: good, late, short, never, stranger, dump.</param>
    /// <param name="instead">Whose socket it claims to be; null for its own.</param>
    public FakeRuntime(string how, FakeRuntime? instead = null)
    {
        string folder = (instead?._folder ?? _folder).FullName;
        _process = Process.Start(new ProcessStartInfo("/usr/bin/python3",
            ["-c", Script, how, folder, string.Create(CultureInfo.InvariantCulture, $"{instead?.Pid ?? 0}")])
        {
            RedirectStandardOutput = true,
            Environment = { ["TMPDIR"] = folder },
        })!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    public int Pid => _process.Id;

    public string Map => Path.Combine(_folder.FullName, $"perf-{Pid}.map");

    /// <summary>What it was asked for and did.</summary>
    public string[] Log => File.ReadAllLines(Path.Combine(_folder.FullName, "log"));

    public void AwaitLog(string line) =>
        Assert.True(SpinWait.SpinUntil(() => Log.Contains(line), TimeSpan.FromSeconds(20)), $"it never was {line}");

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
