namespace Diagnose.Formats.Unwind;

/// <summary>What is known about an address.</summary>
public enum RowKind : byte
{
    /// <summary>No unwind information, or none that can be read.</summary>
    None = 0,

    /// <summary>The CFA is a register and an offset, and what is saved lies at small offsets from it.</summary>
    Simple,

    /// <summary>The rules are anything else: the frame's entry is run again each time.</summary>
    Program,

    /// <summary>The return address is undefined: nobody called this.</summary>
    Outermost,
}

/// <summary>
/// The unwind rules at one address in 16 bytes; those of nearly all code fit. <see cref="Unwinder{TRegisters}"/> keeps them by
/// address.
/// </summary>
public readonly struct CompactRow
{
    private const sbyte UndefinedRegister = sbyte.MinValue;

    private CompactRow(RowKind kind, byte cfaRegister, bool isSignalFrame, bool isDebugFrame, int number, ulong saved)
    {
        (Kind, CfaRegister, IsSignalFrame, IsDebugFrame, Number, Saved) = (kind, cfaRegister, isSignalFrame, isDebugFrame, number, saved);
    }

    /// <summary>
    /// Eight signed bytes: where the return address and then each of <see cref="IUnwindRegisters{TSelf}.Saved"/> lies, in words
    /// from the CFA. 0 is a register that still has its value.
    /// </summary>
    public ulong Saved { get; }

    /// <summary>The offset of the CFA from its register; or the place of the frame's entry in the file.</summary>
    public int Number { get; }

    public byte CfaRegister { get; }

    public RowKind Kind { get; }

    /// <summary>The frame's caller was interrupted, and did not call.</summary>
    public bool IsSignalFrame { get; }

    /// <summary>The frame's entry is in .debug_frame.</summary>
    public bool IsDebugFrame { get; }

    public static CompactRow None => default;

    public static CompactRow Outermost => new(RowKind.Outermost, 0, false, false, 0, 0);

    public static CompactRow Program(int entry, bool isDebugFrame) => new(RowKind.Program, 0, false, isDebugFrame, entry, 0);

    /// <summary>A row with the return address alone, as of code that has saved nothing yet.</summary>
    public static CompactRow Simple(byte cfaRegister, int cfaOffset, sbyte returnAddress) =>
        new(RowKind.Simple, cfaRegister, false, false, cfaOffset, (byte)returnAddress);

    /// <summary>Where the return address lies, in words from the CFA.</summary>
    public int ReturnAddress => (sbyte)Saved;

    /// <summary>The next saved register's place of <paramref name="rest"/>, which <see cref="Saved"/> without its low byte begins.</summary>
    internal static bool IsUndefined(ulong rest) => (sbyte)rest == UndefinedRegister;

    /// <summary>The rules that a program came to, as a row; false when they do not fit in one.</summary>
    internal static bool TryMake<TRegisters>(FrameProgram program, out CompactRow row)
        where TRegisters : struct, IUnwindRegisters<TRegisters>
    {
        row = default;
        CfaRule cfa = program.Cfa;
        int pointer = TRegisters.InstructionPointer;
        if (cfa.IsExpression || cfa.Register >= TRegisters.Columns || cfa.Value != (int)cfa.Value
            || program.ReturnAddress != pointer || !TryWords(program.Rules[pointer], out sbyte words) || words is 0 or UndefinedRegister)
            return false;
        ulong saved = (byte)words;
        ReadOnlySpan<byte> columns = TRegisters.Saved;
        int rules = 1;
        for (int i = 0; i < columns.Length; i++)
        {
            RegisterRule rule = program.Rules[columns[i]];
            if (!TryWords(rule, out words))
                return false;
            saved |= (ulong)(byte)words << (8 * (i + 1));
            rules += rule.IsSame ? 0 : 1;
        }

        // Rules of other registers have no place in a row.
        foreach (RegisterRule rule in program.Rules)
            rules -= rule.IsSame ? 0 : 1;
        if (rules != 0)
            return false;
        row = new CompactRow(RowKind.Simple, (byte)cfa.Register, program.IsSignalFrame, false, (int)cfa.Value, saved);
        return true;
    }

    private static bool TryWords(RegisterRule rule, out sbyte words)
    {
        words = 0;
        if (rule.IsSame)
            return true;
        if (rule.Kind == RuleKind.Undefined)
        {
            words = UndefinedRegister;
            return true;
        }

        words = (sbyte)(rule.Value / 8);
        return rule.Kind == RuleKind.Offset && rule.Value % 8 == 0 && words * 8 == rule.Value && words is not (0 or UndefinedRegister);
    }
}
