using CsCheck;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Hits;

public class WallClockTests
{
    private static WallClock Clock(params ClockRow[] rows) => new(SyntheticTrace.Open(SyntheticTrace.Write(writer =>
    {
        foreach (ClockRow row in rows)
            writer.Definitions.Clock(row);
    })).Definitions);

    [Fact]
    public void Without_a_pair_times_stay_what_they_are()
    {
        Assert.False(Clock().IsKnown);
        Assert.Equal(5UL, Clock().Realtime(5));
    }

    [Fact]
    public void Outside_the_pairs_the_nearest_difference_counts_and_between_them_it_changes_evenly()
    {
        // Written out of order; the wall clock gains 100 ns, then loses 400.
        WallClock clock = Clock(new(3000, 1_000_002_700), new(1000, 1_000_001_000), new(2000, 1_000_002_100));
        Assert.True(clock.IsKnown);
        Assert.Equal(1_000_000_000UL, clock.Realtime(0));
        Assert.Equal(1_000_001_000UL, clock.Realtime(1000));
        Assert.Equal(1_000_001_550UL, clock.Realtime(1500));
        Assert.Equal(1_000_002_100UL, clock.Realtime(2000));
        Assert.Equal(1_000_002_400UL, clock.Realtime(2500));
        Assert.Equal(1_000_003_700UL, clock.Realtime(4000));
    }

    [Fact]
    public void Any_pairs_are_borne() =>
        Gen.Select(Gen.ULong, Gen.ULong).Array[0, 20].Sample(pairs =>
        {
            WallClock clock = Clock([.. pairs.Select(p => new ClockRow(p.Item1, p.Item2))]);
            foreach ((ulong monotonic, _) in pairs)
                _ = clock.Realtime(monotonic) + clock.Realtime(monotonic + 1) + clock.Realtime(monotonic - 1);
        }, iter: 200);
}
