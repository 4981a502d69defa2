using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Diagnose.Analyze.Tests.Browser;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>Browser tests measure time, so nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BrowserTests
{
    public const string Name = "browser";
}

/// <summary>One headless Chromium for all tests, driven over the DevTools protocol; started by the first that wants a page.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _pending = [];
    private readonly ConcurrentDictionary<string, BrowserPage> _pages = [];
    private readonly SemaphoreSlim _sending = new(1);
    private readonly string _profile = Directory.CreateTempSubdirectory("diagnose-chromium-").FullName;
    private readonly ClientWebSocket _socket = new();
    private Process? _process;
    private Task _receiving = Task.CompletedTask;
    private int _lastId;

    /// <summary>A new empty tab of its own; skips the test where there is no Chromium.</summary>
    internal async Task<BrowserPage> NewPage(int width = 1200, int height = 800, string scheme = "light")
    {
        await Start();
        string target = (await Call("Target.createTarget", new { url = "about:blank" }))["targetId"]!.GetValue<string>();
        string session = (await Call("Target.attachToTarget", new { targetId = target, flatten = true }))["sessionId"]!.GetValue<string>();
        var page = new BrowserPage(this, target, session);
        _pages[session] = page;
        await page.SetUp(width, height, scheme);
        return page;
    }

    internal async Task<JsonNode> Call(string method, object? parameters = null, string? session = null)
    {
        int id = Interlocked.Increment(ref _lastId);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = answer;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
        {
            ["id"] = id,
            ["method"] = method,
            ["params"] = parameters ?? new { },
            ["sessionId"] = session,
        }.Where(member => member.Value is not null).ToDictionary());
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(s_patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        await _receiving;
        _socket.Dispose();
        _sending.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task Start()
    {
        if (_process is not null)
            return;
        string? program = s_names.SelectMany(name => Environment.GetEnvironmentVariable("PATH")!.Split(':')
            .Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        if (program is null)
            Assert.Skip("there is no Chromium here (Debian package: chromium)");
        _process = Process.Start(new ProcessStartInfo(program,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0", "--user-data-dir=" + _profile, "about:blank",
        ]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        const string before = "DevTools listening on ";
        string said = "";
        using var patience = new CancellationTokenSource(s_patience);
        while (await _process.StandardError.ReadLineAsync(patience.Token) is { } line)
        {
            said += line + "\n";
            if (!line.StartsWith(before, StringComparison.Ordinal))
                continue;
            await _socket.ConnectAsync(new Uri(line[before.Length..]), patience.Token);
            _receiving = Task.Run(Receive);
            // Whatever it says further must not fill the pipe.
            _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
            _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            return;
        }

        Assert.Fail($"{program} ended before it could be driven: {said}");
    }

    private async Task Receive()
    {
        byte[] part = new byte[1 << 16];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult got = await _socket.ReceiveAsync(part.AsMemory(), CancellationToken.None);
                message.Write(part, 0, got.Count);
                if (!got.EndOfMessage)
                    continue;
                Take(JsonNode.Parse(message.GetBuffer().AsSpan(0, (int)message.Length))!);
                message.SetLength(0);
            }
        }
        catch (Exception failure) when (failure is WebSocketException or InvalidOperationException)
        {
            foreach (TaskCompletionSource<JsonNode> waiting in _pending.Values)
                waiting.TrySetException(new InvalidOperationException("Chromium is gone", failure));
        }
    }

    private void Take(JsonNode message)
    {
        if (message["id"] is { } id && _pending.TryRemove(id.GetValue<int>(), out TaskCompletionSource<JsonNode>? answer))
        {
            if (message["error"] is { } error)
                answer.SetException(new InvalidOperationException(error.ToJsonString()));
            else
                answer.SetResult(message["result"]!);
        }
        else if (message["sessionId"]?.GetValue<string>() is { } session && _pages.TryGetValue(session, out BrowserPage? page))
        {
            page.Hear(message["method"]!.GetValue<string>(), message["params"]!);
        }
    }
}
