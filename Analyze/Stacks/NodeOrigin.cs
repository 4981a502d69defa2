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

    public NodeOrigin()
    {
    }

    /// <summary>A number in the <see cref="NameTable"/>; less than 0 for none.</summary>
    public int Module { get; private set; } = None;

    /// <summary>Whether all that told said that it is managed code.</summary>
    public bool IsManaged { get; private set; }

    private bool _isTold;

    /// <summary>Takes in what one frame says.</summary>
    public void Tell(int module, bool isManaged)
    {
        Module = Module == module || !_isTold ? module : Several;
        IsManaged = isManaged && (IsManaged || !_isTold);
        _isTold = true;
    }
}
