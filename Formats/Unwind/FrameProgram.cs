namespace Diagnose.Formats.Unwind;

/// <summary>
/// Runs the instructions of a common entry and of a frame's entry up to an address: the table row that holds there. One
/// interpreter works for many rows and keeps its memory.
/// </summary>
/// <param name="columns">Registers that are of interest; rules of others are read and forgotten.</param>
internal sealed class FrameProgram(int columns)
{
    /// <summary>Hand-written and compiled code remembers one or two states at once.</summary>
    private const int MostRemembered = 16;

    /// <summary>The longest programs, of generated functions in compilers, have some twenty thousand.</summary>
    private const int MostInstructions = 1 << 16;

    private readonly RegisterRule[] _rules = new RegisterRule[columns];
    private readonly RegisterRule[] _initial = new RegisterRule[columns];
    private readonly RegisterRule[] _remembered = new RegisterRule[columns * MostRemembered];
    private readonly CfaRule[] _rememberedCfa = new CfaRule[MostRemembered];
    private int _depth;
    private long _mostSteps;

    /// <summary>Instructions that all runs together took.</summary>
    public long Steps { get; private set; }

    public CfaRule Cfa { get; private set; }

    public ReadOnlySpan<RegisterRule> Rules => _rules;

    public int ReturnAddress { get; private set; }

    public bool IsSignalFrame { get; private set; }

    /// <summary>False for a program that is cut short, knows unknown instructions or has no end.</summary>
    public bool TryRun(
        ReadOnlySpan<byte> file, in FrameSection section, scoped in CommonEntry common, in FrameEntry entry, ulong address)
    {
        Array.Clear(_rules);
        Cfa = CfaRule.None;
        _depth = 0;
        _mostSteps = Steps + MostInstructions;
        ReturnAddress = common.ReturnAddress;
        IsSignalFrame = common.IsSignalFrame;
        // DW_CFA_restore in the common entry itself would restore nothing.
        Array.Clear(_initial);
        var first = new DwarfCursor(file, common.Program, common.ProgramEnd);
        if (!TryRun(ref first, section, common, entry.Start, ulong.MaxValue))
            return false;
        _rules.CopyTo(_initial, 0);
        _depth = 0;
        var cursor = new DwarfCursor(file, entry.Program, entry.ProgramEnd);
        return TryRun(ref cursor, section, common, entry.Start, address)
            && (Cfa.IsExpression || Cfa.Register >= 0);
    }

    private bool TryRun(ref DwarfCursor cursor, in FrameSection section, scoped in CommonEntry common, ulong location, ulong address)
    {
        while (!cursor.IsAtEnd)
        {
            if (++Steps > _mostSteps)
                return false;
            byte code = cursor.U8();
            int low = code & 0x3f;
            switch ((FrameInstruction)(code & 0xc0))
            {
                case FrameInstruction.AdvanceLoc:
                    if (!Advance((ulong)low, common, ref location, address))
                        return true;
                    continue;
                case FrameInstruction.Offset:
                    Set((ulong)low, RuleKind.Offset, Factored(cursor.Uleb(), common));
                    continue;
                case FrameInstruction.Restore:
                    Restore((ulong)low);
                    continue;
            }

            switch ((FrameInstruction)code)
            {
                case FrameInstruction.AdvanceLoc1:
                    if (!Advance(cursor.U8(), common, ref location, address))
                        return !cursor.Failed;
                    break;
                case FrameInstruction.AdvanceLoc2:
                    if (!Advance(cursor.U16(), common, ref location, address))
                        return !cursor.Failed;
                    break;
                case FrameInstruction.AdvanceLoc4:
                    if (!Advance(cursor.U32(), common, ref location, address))
                        return !cursor.Failed;
                    break;
                case FrameInstruction.MipsAdvanceLoc8:
                    if (!Advance(cursor.U64(), common, ref location, address))
                        return !cursor.Failed;
                    break;
                case FrameInstruction.SetLoc:
                    location = EncodedPointer.Read(ref cursor, common.PointerEncoding, section, 0, 0);
                    if (location > address)
                        return !cursor.Failed;
                    break;
                default:
                    if (!TryDefine((FrameInstruction)code, ref cursor, common))
                        return false;
                    break;
            }
        }

        return !cursor.Failed;
    }

    private bool TryDefine(FrameInstruction instruction, ref DwarfCursor cursor, scoped in CommonEntry common)
    {
        switch (instruction)
        {
            case FrameInstruction.Nop:
            case FrameInstruction.GnuWindowSave: // AArch64: whether the return address is signed
                break;
            case FrameInstruction.GnuArgsSize: // matters to what throws, not to what looks
                cursor.Uleb();
                break;

            case FrameInstruction.DefCfa:
                Cfa = new CfaRule(Column(cursor.Uleb()), (long)cursor.Uleb(), 0);
                break;
            case FrameInstruction.DefCfaSf:
                Cfa = new CfaRule(Column(cursor.Uleb()), Factored((ulong)cursor.Sleb(), common), 0);
                break;
            case FrameInstruction.DefCfaRegister:
                if (Cfa.IsExpression)
                    return false;
                Cfa = Cfa with { Register = Column(cursor.Uleb()) };
                break;
            case FrameInstruction.DefCfaOffset:
                if (Cfa.IsExpression)
                    return false;
                Cfa = Cfa with { Value = (long)cursor.Uleb() };
                break;
            case FrameInstruction.DefCfaOffsetSf:
                if (Cfa.IsExpression)
                    return false;
                Cfa = Cfa with { Value = Factored((ulong)cursor.Sleb(), common) };
                break;
            case FrameInstruction.DefCfaExpression:
                int length = Block(ref cursor, out int at);
                Cfa = new CfaRule(-1, at, length);
                return length > 0;

            case FrameInstruction.OffsetExtended:
                Set(cursor.Uleb(), RuleKind.Offset, Factored(cursor.Uleb(), common));
                break;
            case FrameInstruction.OffsetExtendedSf:
                Set(cursor.Uleb(), RuleKind.Offset, Factored((ulong)cursor.Sleb(), common));
                break;
            case FrameInstruction.GnuNegativeOffsetExtended:
                Set(cursor.Uleb(), RuleKind.Offset, unchecked(-Factored(cursor.Uleb(), common)));
                break;
            case FrameInstruction.ValOffset:
                Set(cursor.Uleb(), RuleKind.ValueOffset, Factored(cursor.Uleb(), common));
                break;
            case FrameInstruction.ValOffsetSf:
                Set(cursor.Uleb(), RuleKind.ValueOffset, Factored((ulong)cursor.Sleb(), common));
                break;
            case FrameInstruction.Register:
                Set(cursor.Uleb(), RuleKind.Register, Column(cursor.Uleb()));
                break;
            case FrameInstruction.Undefined:
                Set(cursor.Uleb(), RuleKind.Undefined, 0);
                break;
            case FrameInstruction.SameValue:
                Set(cursor.Uleb(), RuleKind.SameValue, 0);
                break;
            case FrameInstruction.Expression:
            case FrameInstruction.ValExpression:
                ulong column = cursor.Uleb();
                int size = Block(ref cursor, out int place);
                Set(column, instruction == FrameInstruction.Expression ? RuleKind.Expression : RuleKind.ValueExpression, place, size);
                break;
            case FrameInstruction.RestoreExtended:
                Restore(cursor.Uleb());
                break;

            case FrameInstruction.RememberState:
                if (_depth == MostRemembered)
                    return false;
                _rules.CopyTo(_remembered, _depth * columns);
                _rememberedCfa[_depth++] = Cfa;
                break;
            case FrameInstruction.RestoreState:
                if (_depth == 0)
                    return false;
                Cfa = _rememberedCfa[--_depth];
                _remembered.AsSpan(_depth * columns, columns).CopyTo(_rules);
                break;
            default:
                return false;
        }

        return !cursor.Failed;
    }

    /// <summary>False when the row that was built so far is the one that holds at the address.</summary>
    private static bool Advance(ulong delta, scoped in CommonEntry common, ref ulong location, ulong address)
    {
        location = unchecked(location + delta * common.CodeAlignment);
        return location <= address;
    }

    private static long Factored(ulong value, scoped in CommonEntry common) => unchecked((long)value * common.DataAlignment);

    private static int Column(ulong register) => register > byte.MaxValue ? byte.MaxValue : (int)register;

    private void Set(ulong register, RuleKind kind, long value, int length = 0)
    {
        if (register < (ulong)columns)
            _rules[register] = new RegisterRule(kind, value, length);
    }

    private void Restore(ulong register)
    {
        if (register < (ulong)columns)
            _rules[register] = _initial[register];
    }

    /// <summary>An expression: a length and its bytes.</summary>
    private static int Block(ref DwarfCursor cursor, out int at)
    {
        ulong length = cursor.Uleb();
        at = cursor.At;
        cursor.Skip((long)Math.Min(length, int.MaxValue));
        return cursor.Failed ? 0 : (int)length;
    }
}
