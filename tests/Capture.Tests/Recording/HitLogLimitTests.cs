using Diagnose.Capture.Recording;

namespace Diagnose.Capture.Tests.Recording;

public sealed class HitLogLimitTests
{
    private const ulong Second = 1_000_000_000;

    private readonly HitLogLimit _limit = new();

    [Fact]
    public void A_burst_goes_through_and_then_few_a_second()
    {
        Assert.Equal(HitLogLimit.HitsAtOnce, Taken(1000, at: 5 * Second, bytes: 10));
        Assert.Equal(0, Taken(10, at: 5 * Second + 1, bytes: 10));
        Assert.Equal(1, Taken(10, at: 5 * Second + Second / HitLogLimit.HitsPerSecond, bytes: 10));
        Assert.Equal(HitLogLimit.HitsPerSecond, Taken(10, at: 6 * Second + Second / HitLogLimit.HitsPerSecond, bytes: 10));
    }

    [Fact]
    public void Silence_earns_one_burst_and_no_more()
    {
        Taken(1000, at: Second, bytes: 10);
        Assert.Equal(HitLogLimit.HitsAtOnce, Taken(1000, at: 3600 * Second, bytes: 10));
    }

    [Fact]
    public void Long_hits_are_fewer()
    {
        const int bytes = 20_000;
        Assert.Equal((HitLogLimit.BytesAtOnce + bytes - 1) / bytes, Taken(100, at: Second, bytes));
        int later = 0;
        for (ulong time = Second; time < 101 * Second; time += Second / 10)
            later += Taken(1, at: time, bytes);
        Assert.InRange(later, 100 * HitLogLimit.BytesPerSecond / bytes - 2, 100 * HitLogLimit.BytesPerSecond / bytes + 1);
    }

    [Fact]
    public void A_hit_longer_than_all_that_fits_still_goes_through()
    {
        Assert.Equal(1, Taken(100, at: Second, bytes: 10 * HitLogLimit.BytesAtOnce));
        Assert.Equal(0, Taken(100, at: 60 * Second, bytes: 10));
        Assert.Equal(HitLogLimit.HitsAtOnce, Taken(100, at: 100 * Second, bytes: 10));
    }

    [Fact]
    public void A_guess_is_set_right()
    {
        Assert.True(_limit.TryTake(Second, 100));
        _limit.Correct(HitLogLimit.BytesAtOnce);
        Assert.False(_limit.TryTake(Second, 100));
        _limit.Correct(-HitLogLimit.BytesAtOnce);
        Assert.True(_limit.TryTake(Second, 100));
    }

    [Fact]
    public void A_hit_that_comes_late_earns_nothing_twice()
    {
        Taken(1000, at: 10 * Second, bytes: 10);
        Assert.Equal(0, Taken(1, at: 5 * Second, bytes: 10));
        Assert.Equal(0, Taken(1, at: 10 * Second, bytes: 10));
    }

    private int Taken(int hits, ulong at, int bytes)
    {
        int taken = 0;
        for (int i = 0; i < hits; i++)
            taken += _limit.TryTake(at, bytes) ? 1 : 0;
        return taken;
    }
}
