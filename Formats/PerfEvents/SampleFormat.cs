namespace Diagnose.Formats.PerfEvents;

/// <summary><c>enum perf_event_sample_format</c> (PERF_SAMPLE_*): the fields of a sample.</summary>
[Flags]
public enum SampleFormat : ulong
{
    None = 0,
    Ip = 1 << 0,
    Tid = 1 << 1,
    Time = 1 << 2,
    Addr = 1 << 3,
    Read = 1 << 4,
    Callchain = 1 << 5,
    Id = 1 << 6,
    Cpu = 1 << 7,
    Period = 1 << 8,
    StreamId = 1 << 9,
    Raw = 1 << 10,
    BranchStack = 1 << 11,
    RegsUser = 1 << 12,
    StackUser = 1 << 13,
    Weight = 1 << 14,
    DataSrc = 1 << 15,
    Identifier = 1 << 16,
    Transaction = 1 << 17,
    RegsIntr = 1 << 18,
    PhysAddr = 1 << 19,
    Aux = 1 << 20,
    Cgroup = 1 << 21,
    DataPageSize = 1 << 22,
    CodePageSize = 1 << 23,
    WeightStruct = 1 << 24,

    /// <summary>Every field known here. A bit outside may add a field anywhere, so such samples cannot be laid out.</summary>
    Known = (1 << 25) - 1,
}

/// <summary><c>enum perf_event_read_format</c> (PERF_FORMAT_*): the fields of read(2) and of PERF_SAMPLE_READ.</summary>
[Flags]
public enum ReadFormat : ulong
{
    None = 0,
    TotalTimeEnabled = 1 << 0,
    TotalTimeRunning = 1 << 1,
    Id = 1 << 2,
    Group = 1 << 3,

    /// <summary>Samples dropped because the ring was full (Linux 6.0 and later).</summary>
    Lost = 1 << 4,
    Known = (1 << 5) - 1,
}
