namespace Diagnose.Analyze.Summary;

/// <summary>What hits are added up by.</summary>
public enum SummaryBy
{
    Process,
    Thread,
    Cgroup,
    Cpu,
    Event,
    Stack,
}
