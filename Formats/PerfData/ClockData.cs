namespace Diagnose.Formats.PerfData;

/// <summary>
/// HEADER_CLOCK_DATA (<c>perf record -k CLOCK</c>): one moment read from the clock of the records and from the wall
/// clock, so that times of records can be told as dates.
/// </summary>
/// <param name="ClockId">CLOCK_* number of the clock of the records.</param>
/// <param name="WallClock">Nanoseconds since 1970.</param>
/// <param name="ClockTime">Nanoseconds of the clock of the records at the same moment.</param>
public sealed record ClockData(int ClockId, ulong WallClock, ulong ClockTime);

/// <summary>HEADER_COMPRESSED: how <c>perf record -z</c> compressed.</summary>
/// <param name="Type">1 is zstd, and nothing else was ever written.</param>
/// <param name="Ratio">Bytes before by bytes after, rounded down.</param>
/// <param name="MmapLength">Bytes of a ring, which is the most one read of it can give.</param>
public sealed record CompressionInfo(uint Version, uint Type, uint Level, uint Ratio, uint MmapLength);

/// <summary>HEADER_SAMPLE_TIME: times of the first and the last sample; both 0 where perf did not look.</summary>
public sealed record SampleTimes(ulong First, ulong Last);
