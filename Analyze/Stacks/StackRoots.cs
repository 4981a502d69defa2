namespace Diagnose.Analyze.Stacks;

/// <summary>What a graph's stacks grow from.</summary>
public enum StackRoots
{
    /// <summary>The cgroup, the process's ancestors, the process and the thread, all by name.</summary>
    Ancestry,

    /// <summary>One root for each thread, by name and thread id.</summary>
    Thread,

    /// <summary>One root for each process, by name and process id.</summary>
    Process,

    /// <summary>One root for each CPU.</summary>
    Cpu,

    /// <summary>One root for each cgroup, by its whole path.</summary>
    Cgroup,

    /// <summary>The functions alone.</summary>
    None,
}
