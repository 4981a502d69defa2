namespace Diagnose.Formats.PerfData;

/// <summary>
/// <c>enum perf_user_event_type</c> of <c>tools/lib/perf/include/perf/event.h</c>: the records that perf(1), not the
/// kernel, writes. Numbers from 64 up are above any kernel record.
/// </summary>
public enum UserRecordKind : uint
{
    HeaderAttr = 64,
    HeaderEventType = 65,
    HeaderTracingData = 66,
    HeaderBuildId = 67,
    FinishedRound = 68,
    IdIndex = 69,
    AuxTraceInfo = 70,
    AuxTrace = 71,
    AuxTraceError = 72,
    ThreadMap = 73,
    CpuMap = 74,
    StatConfig = 75,
    Stat = 76,
    StatRound = 77,
    EventUpdate = 78,
    TimeConv = 79,
    HeaderFeature = 80,
    Compressed = 81,
    FinishedInit = 82,
    Compressed2 = 83,
}
