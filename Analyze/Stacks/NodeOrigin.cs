namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Whose code a node is, which is no part of what makes it that node: functions of one name in several modules are one. What
/// not all agree on is not known, in whatever order they told.
/// </summary>
internal struct NodeOrigin
{
    /// <summary>Nothing was told, or nothing is known.</summary>
    public const int None = -1;

    private const int Several = -2;
    private const int IsTold = 1;
    private const int Managed = 2;

    // One of each for every node: two flags, and above them the module, counted from Several.
    private int _bits;

    /// <summary>A number in the <see cref="NameTable"/>; less than 0 for none.</summary>
    public readonly int Module => _bits == 0 ? None : (_bits >> 2) + Several;

    /// <summary>Whether all that told said that it is managed code.</summary>
    public readonly bool IsManaged => (_bits & Managed) != 0;

    /// <summary>Takes in what one frame says.</summary>
    public void Tell(int module, bool isManaged)
    {
        var told = Math.Max(module, None) - Several << 2 | (isManaged ? Managed : 0) | IsTold;
        if (_bits == 0)
            _bits = told;
        else if (_bits != told)
            _bits = (_bits >> 2 == told >> 2 ? told & ~3 : 0) | _bits & told & Managed | IsTold;
    }
}
