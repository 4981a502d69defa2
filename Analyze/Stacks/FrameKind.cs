namespace Diagnose.Analyze.Stacks;

/// <summary>What a node of the merged stacks stands for; decides its colour and, after its name, its place.</summary>
public enum FrameKind : byte
{
    /// <summary>The cgroup under which the hit was taken.</summary>
    Cgroup,

    /// <summary>A process of the chain of ancestors, oldest nearest the root.</summary>
    Process,

    /// <summary>The thread that hit.</summary>
    Thread,

    /// <summary>A function of the program or a library.</summary>
    User,

    /// <summary>A function of the kernel itself.</summary>
    Kernel,

    /// <summary>A function of a kernel module.</summary>
    KernelModule,

    /// <summary>A frame without a name.</summary>
    Unknown,

    /// <summary>
    /// A user function that a runtime compiled while the program ran. Only merged stacks have it: a tree has <see cref="User"/>,
    /// as the text of a report has, so that both give the same stacks.
    /// </summary>
    Managed,
}
