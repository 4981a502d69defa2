using System.Collections.Concurrent;
using Diagnose.Capture.DotNet;

namespace Diagnose.Capture.Tests.DotNet;

public sealed class DotNetProcessTests : IDisposable
{
    private const int Long = 30_000;

    private readonly ConcurrentQueue<string> _said = [];
    private readonly CancellationTokenSource _end = new();

    public void Dispose() => _end.Dispose();

    [Theory]
    [InlineData("good")]
    [InlineData("short")] // Its answer is lost.
    public void A_map_is_turned_on_and_off_and_removed(string way)
    {
        using var runtime = new FakeRuntime(way);
        DotNetProcess process = Ask(runtime);
        Assert.True(process.Wait(Long));
        Assert.True(File.Exists(runtime.Map));
        Off(process);
        Assert.Equal(["asked", "on", "off"], runtime.Log);
        Assert.False(File.Exists(runtime.Map));
        Assert.Empty(_said);
    }

    [Fact]
    public void One_that_answers_after_the_end_is_told_to_stop_all_the_same()
    {
        using var runtime = new FakeRuntime("late");
        DotNetProcess process = Ask(runtime);
        runtime.AwaitLog("asked");
        Off(process);
        Assert.Equal("off", runtime.Log[^1]);
        Assert.Contains("on", runtime.Log);
        Assert.False(File.Exists(runtime.Map));
    }

    [Fact]
    public void One_that_never_answers_holds_nothing_up()
    {
        using var runtime = new FakeRuntime("never");
        DotNetProcess process = Ask(runtime);
        runtime.AwaitLog("asked");
        _end.Cancel();
        process.Disable();
        Assert.False(process.Wait(100));
        Assert.False(process.IsGone);
        runtime.Kill();
        Assert.True(process.Wait(Long));
        Assert.True(process.IsGone);
    }

    [Fact]
    public void What_has_its_name_by_then_is_left_alone()
    {
        using var runtime = new FakeRuntime("good");
        DotNetProcess process = Ask(runtime);
        Assert.True(process.Wait(Long));
        File.Move(runtime.Map, runtime.Map + "-");
        File.WriteAllText(runtime.Map, "mine");
        Off(process);
        Assert.Equal("mine", File.ReadAllText(runtime.Map));
    }

    [Fact]
    public void One_that_writes_a_jit_dump_is_left_alone()
    {
        using var runtime = new FakeRuntime("dump");
        DotNetProcess process = Ask(runtime);
        Assert.True(process.Wait(Long));
        Off(process);
        Assert.Empty(runtime.Log);
        Assert.Empty(_said);
    }

    [Fact]
    public void Another_users_socket_is_refused()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root gives files away");
        using var runtime = new FakeRuntime("stranger");
        Assert.True(Ask(runtime).Wait(Long));
        Assert.Contains("belongs to user 12345", Assert.Single(_said), StringComparison.Ordinal);
        Assert.Empty(runtime.Log);
    }

    [Fact]
    public void Another_processs_socket_is_refused()
    {
        using var runtime = new FakeRuntime("good");
        using var other = new FakeRuntime("good", instead: runtime);
        Assert.True(Ask(runtime).Wait(Long));
        Assert.Contains($"is process {other.Pid}'s", Assert.Single(_said), StringComparison.Ordinal);
        Assert.Empty(runtime.Log);
    }

    private DotNetProcess Ask(FakeRuntime runtime) => new(runtime.Pid, (_, text) => _said.Enqueue(text), _end.Token);

    private void Off(DotNetProcess process)
    {
        _end.Cancel();
        process.Disable();
        Assert.True(process.Wait(Long));
    }
}
