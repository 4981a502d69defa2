namespace Diagnose.Capture.Linux;

/// <summary>The kernel's clocks, in nanoseconds.</summary>
public static unsafe class Clock
{
    /// <summary>CLOCK_MONOTONIC: the clock of the records.</summary>
    public static ulong Monotonic => Read(Libc.CLOCK_MONOTONIC);

    /// <summary>CLOCK_REALTIME: since 1970-01-01 UTC.</summary>
    public static ulong Realtime => Read(Libc.CLOCK_REALTIME);

    /// <summary>CLOCK_BOOTTIME: the clock of process start times.</summary>
    public static ulong Boot => Read(Libc.CLOCK_BOOTTIME);

    /// <summary>
    /// The two clocks at one moment: the wall clock is read between two readings of the other, and the try with the
    /// least time between those is kept.
    /// </summary>
    public static (ulong Monotonic, ulong Realtime) ReadBoth()
    {
        (ulong Monotonic, ulong Realtime) best = default;
        var narrowest = ulong.MaxValue;
        for (var i = 0; i < 16; i++)
        {
            var before = Monotonic;
            var real = Realtime;
            var gap = Monotonic - before;
            if (gap >= narrowest) continue;
            narrowest = gap;
            best = (before + gap / 2, real);
        }

        return best;
    }

    private static ulong Read(int clock)
    {
        Libc.TimeSpec time;
        _ = Libc.ClockGetTime(clock, &time);
        return (ulong)time.Seconds * 1_000_000_000 + (ulong)time.Nanoseconds;
    }
}
