namespace Diagnose.Capture.Probes;

/// <summary>What a <see cref="ProbeTarget"/> aims at.</summary>
public enum TargetKind
{
    /// <summary>Every thread of the machine.</summary>
    Machine,

    /// <summary>One thread, and none that it starts.</summary>
    Thread,

    /// <summary>Every thread of one process, also those it starts later.</summary>
    Process,

    /// <summary>Every thread of one process and of all processes that descend from it from now on.</summary>
    Descendants,
}

/// <summary>Whose hits are wanted. <paramref name="Id"/> is a thread or process id, 0 for the machine.</summary>
public readonly record struct ProbeTarget(TargetKind Kind, int Id)
{
    public static ProbeTarget Machine => default;

    public static ProbeTarget Thread(int tid) => new(TargetKind.Thread, tid);

    public static ProbeTarget Process(int tgid) => new(TargetKind.Process, tgid);

    public static ProbeTarget Descendants(int tgid) => new(TargetKind.Descendants, tgid);
}
