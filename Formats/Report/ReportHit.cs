namespace Diagnose.Formats.Report;

/// <summary>One hit of the text: its header's fields and the lines under it.</summary>
public readonly ref struct ReportHit
{
    internal ReportHit(
        ReadOnlySpan<byte> cgroup, ReadOnlySpan<byte> comm, int pid, long sequence,
        ulong seconds, ulong microseconds, ReadOnlySpan<byte> body, int bodyStart)
    {
        Cgroup = cgroup;
        Comm = comm;
        Pid = pid;
        Sequence = sequence;
        Seconds = seconds;
        Microseconds = microseconds;
        Body = body;
        BodyStart = bodyStart;
    }

    /// <summary>Name of the thread's cgroup.</summary>
    public ReadOnlySpan<byte> Cgroup { get; }

    /// <summary>Name of the thread, empty where the text has no 命中 line for the hit.</summary>
    public ReadOnlySpan<byte> Comm { get; }

    /// <summary>The thread.</summary>
    public int Pid { get; }

    /// <summary>Number of the hit in its report, from 1.</summary>
    public long Sequence { get; }

    /// <summary>Seconds since 1970; 0 where the text has no time.</summary>
    public ulong Seconds { get; }

    /// <summary>Microseconds of that second.</summary>
    public ulong Microseconds { get; }

    /// <summary>The lines between the header and the end. Hits with equal bodies and cgroups have equal stacks.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>The body's lines one by one.</summary>
    public ReportLines Lines => new(Body);

    internal int BodyStart { get; }
}
