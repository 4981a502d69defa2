using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Diagnose.Analyze.Tests.Browser;

/// <summary>A tab: what a person does with it, and what it complains about.</summary>
internal sealed class BrowserPage(Chromium browser, string target, string session) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _complaints = [];
    private readonly ConcurrentQueue<string> _requests = [];
    private TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Errors on the console, exceptions, and dialogs that a script has opened.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>What was asked for, besides the document itself.</summary>
    public IEnumerable<string> Requests => _requests.Where(address => !address.StartsWith("about:", StringComparison.Ordinal)).Skip(1);

    public async Task SetUp(int width, int height, string scheme)
    {
        foreach (string domain in (string[])["Page", "Runtime", "Log", "Network"])
            await Call(domain + ".enable");
        await Resize(width, height);
        await Call("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = scheme } } });
        await Call("Emulation.setFocusEmulationEnabled", new { enabled = true });
    }

    public Task Resize(int width, int height) =>
        Call("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = false });

    /// <summary>Opens a file, with what follows # in a link to it, and waits until it was drawn.</summary>
    public async Task Open(string file, string fragment = "")
    {
        _requests.Clear();
        _loaded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Call("Page.navigate", new { url = new Uri(file).AbsoluteUri + (fragment.Length > 0 ? "#" + fragment : "") });
        await _loaded.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await Settle();
    }

    /// <summary>Waits until what happened so far was drawn.</summary>
    public Task Settle() => Run("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(0), 0)))");

    /// <summary>The value of an expression.</summary>
    public async Task<T> Get<T>(string expression) => (await Run(expression))!.GetValue<T>();

    public async Task<string[]> Texts(string selector) =>
        [.. (await Run($"Array.from(document.querySelectorAll({Quoted(selector)}), part => part.textContent)"))!.AsArray().Select(text => text!.GetValue<string>())];

    public async Task<string> Text(string selector) => Assert.Single(await Texts(selector));

    public async Task<JsonNode?> Run(string expression)
    {
        JsonNode answer = await Call("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true });
        Assert.True(answer["exceptionDetails"] is null, $"{expression}: {answer["exceptionDetails"]?["exception"]?["description"]}");
        return answer["result"]!["value"];
    }

    public async Task Move(double x, double y)
    {
        await Mouse("mouseMoved", x, y, 0);
        await Settle();
    }

    public async Task Click(double x, double y)
    {
        await Mouse("mouseMoved", x, y, 0);
        await Mouse("mousePressed", x, y, 1);
        await Mouse("mouseReleased", x, y, 1);
        await Settle();
    }

    /// <summary>Presses the button at one place, and lets it go at another.</summary>
    public async Task Drag(double x, double y, double toX, double toY)
    {
        await Mouse("mouseMoved", x, y, 0);
        await Mouse("mousePressed", x, y, 1);
        await Mouse("mouseMoved", (x + toX) / 2, (y + toY) / 2, 1);
        await Mouse("mouseMoved", toX, toY, 1);
        await Mouse("mouseReleased", toX, toY, 1);
        await Settle();
    }

    /// <summary>Clicks the first element of those that an expression gives.</summary>
    public async Task ClickOn(string element)
    {
        (double x, double y) = await Middle(element);
        await Click(x, y);
    }

    public async Task MoveTo(string element)
    {
        (double x, double y) = await Middle(element);
        await Move(x, y);
    }

    public async Task<(double X, double Y)> Middle(string element)
    {
        JsonArray place = (await Run($"(() => {{ const part = {element}; part.scrollIntoView?.({{ block: 'nearest' }}); const at = part.getBoundingClientRect(); return [at.x + at.width / 2, at.y + at.height / 2]; }})()"))!.AsArray();
        return (place[0]!.GetValue<double>(), place[1]!.GetValue<double>());
    }

    /// <summary>Presses a key that writes nothing, by its name.</summary>
    public async Task Press(string key, int modifiers = 0)
    {
        int code = key switch { "Enter" => 13, "Escape" => 27, "Backspace" => 8, "Tab" => 9, "ArrowLeft" => 37, "ArrowUp" => 38, "ArrowRight" => 39, "ArrowDown" => 40, "Home" => 36, _ => 0 };
        string? text = key == "Enter" ? "\r" : key.Length == 1 && modifiers == 0 ? key : null;
        await Call("Input.dispatchKeyEvent", new { type = text is null ? "rawKeyDown" : "keyDown", key, code = key, windowsVirtualKeyCode = code, modifiers, text = text ?? "" });
        await Call("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode = code, modifiers });
        await Settle();
    }

    /// <summary>Writes text where the keyboard is, and waits for what answers to writing.</summary>
    public async Task Write(string text)
    {
        await Call("Input.insertText", new { text });
        await Task.Delay(150);
        await Settle();
    }

    /// <summary>Leaves a picture of the whole document in tests/output/browser.</summary>
    public async Task Picture([CallerMemberName] string name = "")
    {
        JsonNode picture = await Call("Page.captureScreenshot", new { format = "png", captureBeyondViewport = false });
        string folder = Path.Combine(SourceFolder(), "..", "..", "output", "browser");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), Convert.FromBase64String(picture["data"]!.GetValue<string>()));
    }

    public void Hear(string method, JsonNode said)
    {
        switch (method)
        {
            case "Page.loadEventFired":
                _loaded.TrySetResult();
                break;
            case "Network.requestWillBeSent":
                _requests.Enqueue(said["request"]!["url"]!.GetValue<string>());
                break;
            case "Runtime.exceptionThrown":
                _complaints.Enqueue("exception: " + (said["exceptionDetails"]!["exception"]?["description"] ?? said["exceptionDetails"]!["text"]));
                break;
            case "Runtime.consoleAPICalled":
                _complaints.Enqueue("console: " + said.ToJsonString());
                break;
            case "Log.entryAdded":
                _complaints.Enqueue("log: " + said["entry"]!["text"]!.GetValue<string>());
                break;
            case "Page.javascriptDialogOpening":
                _complaints.Enqueue("dialog: " + said["message"]!.GetValue<string>());
                _ = Call("Page.handleJavaScriptDialog", new { accept = true });
                break;
        }
    }

    public async ValueTask DisposeAsync() => await browser.Call("Target.closeTarget", new { targetId = target });

    public static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private Task<JsonNode> Mouse(string type, double x, double y, int buttons) => Call("Input.dispatchMouseEvent", new
    {
        type, x, y, buttons, button = type == "mouseMoved" ? "none" : "left", clickCount = type == "mouseMoved" ? 0 : 1,
    });

    private Task<JsonNode> Call(string method, object? parameters = null) => browser.Call(method, parameters, session);

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
