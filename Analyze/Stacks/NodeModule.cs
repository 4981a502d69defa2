namespace Diagnose.Analyze.Stacks;

/// <summary>
/// The module a node's code is of: a number in the <see cref="NameTable"/>, or one of two below 0. A node is its name, so that
/// functions of one name in several modules are one node, which then has no module to show.
/// </summary>
internal static class NodeModule
{
    /// <summary>Nothing told.</summary>
    public const int None = -1;

    /// <summary>More than one was told.</summary>
    public const int Several = -2;

    /// <summary>What is known after one more was told.</summary>
    public static int Join(int known, int told) => known == None || known == told ? told : told == None ? known : Several;
}
