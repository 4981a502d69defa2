namespace Diagnose.Bench.Generate;

/// <summary>How large a generated trace is. Equal shapes give equal bytes.</summary>
public sealed record TraceShape
{
    /// <summary>Stacks and threads are kept in memory; hits are not.</summary>
    public const int MostStacks = 4 << 20, MostThreads = 1 << 20, MostCpus = 4096;

    public long Hits { get; init; } = 1_000_000;

    /// <summary>Distinct stacks in the trace's table; a rare one may have no hit.</summary>
    public int Stacks { get; init; } = 10_000;

    public int Threads { get; init; } = 200;

    public int Cpus { get; init; } = 2;

    public ulong Seed { get; init; } = 1;
}
