namespace Diagnose.Formats.Trace;

/// <summary>The columns of a hits block; readers skip those that they do not know or do not need.</summary>
public enum HitColumn : byte
{
    /// <summary>ns since the hit before in the same run, as byte planes: all low bytes first, then the next ones.</summary>
    Times = 1,

    /// <summary>Pairs (context id as difference to the pair before, number of hits in a row), varints.</summary>
    Contexts = 2,

    /// <summary>The stack ids that the block uses, most frequent first, each as difference to the one before.</summary>
    StackIds = 3,

    /// <summary>For each hit its place in <see cref="StackIds"/>, as byte planes.</summary>
    Stacks = 4,
}

/// <summary>Hits in a row on one CPU by one event, in time order.</summary>
/// <param name="First">Index of its first hit in the block.</param>
/// <param name="FirstTime">CLOCK_MONOTONIC ns of its first hit.</param>
public readonly record struct HitRun(int Cpu, int Event, int First, int Count, ulong FirstTime);

/// <summary>Hits in a row of one context.</summary>
public readonly record struct ContextRun(int Context, int Count);
