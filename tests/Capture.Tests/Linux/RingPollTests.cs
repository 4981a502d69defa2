using System.Diagnostics;
using Diagnose.Capture.Linux;

namespace Diagnose.Capture.Tests.Linux;

public class RingPollTests
{
    [Fact]
    public void A_wake_from_another_thread_ends_the_wait_once()
    {
        using var wake = new WakeEvent();
        var poll = new RingPoll([], wake);
        var waker = new Thread(() =>
        {
            Thread.Sleep(50);
            wake.Set();
        });
        waker.Start();
        var clock = Stopwatch.StartNew();
        Assert.True(poll.Wait(20_000));
        Assert.True(clock.ElapsedMilliseconds < 10_000);
        Assert.True(poll.TakeWake());
        waker.Join();
        Assert.False(poll.Wait(0));
        Assert.False(poll.TakeWake());
    }

    [Fact]
    public void Waking_after_the_end_is_harmless()
    {
        var wake = new WakeEvent();
        wake.Dispose();
        wake.Set();
        Assert.True(wake.IsClosed);
    }

    [Fact]
    public void The_clocks_are_read_together()
    {
        var before = Clock.Monotonic;
        var (monotonic, realtime) = Clock.ReadBoth();
        Assert.InRange(monotonic, before, Clock.Monotonic);
        Assert.InRange((long)realtime / 1_000_000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 1000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 1000);
    }
}
