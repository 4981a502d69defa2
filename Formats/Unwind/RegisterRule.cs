namespace Diagnose.Formats.Unwind;

/// <summary>How the caller's value of a register is found (DWARF 4, 6.4.1).</summary>
internal enum RuleKind : byte
{
    /// <summary>Nothing was said of it. Compilers mean by it that the register still has the caller's value.</summary>
    Unspecified,
    Undefined,
    SameValue,
    Offset,
    ValueOffset,
    Register,
    Expression,
    ValueExpression,
}

/// <param name="Value">An offset from the CFA, a register's column, or the place of an expression in the file.</param>
/// <param name="Length">Bytes of the expression.</param>
internal readonly record struct RegisterRule(RuleKind Kind, long Value = 0, int Length = 0)
{
    public bool IsSame => Kind is RuleKind.Unspecified or RuleKind.SameValue;
}

/// <summary>How the canonical frame address is found: a register and an offset, or an expression.</summary>
/// <param name="Value">The offset, or the place of the expression in the file.</param>
/// <param name="Length">Bytes of the expression; 0 for a register.</param>
internal readonly record struct CfaRule(int Register, long Value, int Length)
{
    public bool IsExpression => Length > 0;

    /// <summary>Before any program has defined it.</summary>
    public static CfaRule None => new(-1, 0, 0);
}
