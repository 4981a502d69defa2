using System.Runtime.InteropServices;

namespace Diagnose.Formats.Unwind;

/// <summary>
/// Walks a stack from its registers and a copy of its memory, callee to caller. Rows that were worked out once are kept, by
/// module and address, for all processes that map the module; a walk over known rows allocates nothing and reads no file.
/// Not for several threads at once.
/// </summary>
/// <param name="rows">Rows that are kept, in 32 bytes each.</param>
public sealed class Unwinder<TRegisters>(int rows = 1 << 15)
    where TRegisters : struct, IUnwindRegisters<TRegisters>
{
    /// <summary>
    /// Instructions of unwind information that are run for one stack. A stack of which no row is known takes some thousands;
    /// a program that means to keep its watcher busy has more, and is unwound by what is known already.
    /// </summary>
    private const int MostSteps = 1 << 18;

    /// <summary>What a frame counts for whose expressions are evaluated, besides its instructions.</summary>
    private const int StepsOfExpressions = 512;

    private readonly RowCache _cache = new(rows);
    private readonly FrameProgram _program = new(TRegisters.Columns);
    private readonly List<int> _interrupted = [];
    private long _mostSteps;

    /// <summary>Which of the last walk's frames after the first were interrupted by a signal: their addresses are no return addresses.</summary>
    public ReadOnlySpan<int> Interrupted => CollectionsMarshal.AsSpan(_interrupted);

    /// <summary>Rows that had to be worked out from a file so far.</summary>
    public long Misses { get; private set; }

    /// <summary>The frames' addresses, leaf first; those after the first are return addresses, as in the kernel's callchains.</summary>
    /// <returns>How many there are; more than fit are not looked for.</returns>
    public int Unwind(in TRegisters registers, StackCopy stack, IUnwindModules modules, Span<ulong> frames, out UnwindEnd end)
    {
        _interrupted.Clear();
        if (frames.IsEmpty || !registers.TryGet(TRegisters.InstructionPointer, out ulong pc)
            || !registers.TryGet(TRegisters.StackPointer, out _))
        {
            end = new UnwindEnd(frames.IsEmpty ? UnwindStop.TooDeep : UnwindStop.Unsupported, false);
            return 0;
        }

        _mostSteps = _program.Steps + MostSteps;
        var walk = new Walk { Registers = registers, IsExact = true, IsLeaf = true };
        UnwindModule module = default;
        frames[0] = pc;
        int count = 1;
        UnwindStop? stop;
        while ((stop = Step(ref walk, stack, modules, ref module)) is null)
        {
            if (count == frames.Length)
            {
                stop = UnwindStop.TooDeep;
                break;
            }

            if (walk.IsExact)
                _interrupted.Add(count);
            walk.Registers.TryGet(TRegisters.InstructionPointer, out frames[count++]);
            walk.IsLeaf = false;
        }

        end = new UnwindEnd(stop.Value, walk.FramePointerUsed);
        return count;
    }

    /// <summary>
    /// The frames by frame pointers alone, which takes no rows and little time. They are right only where all code keeps frame pointers.
    /// </summary>
    /// <returns>How many there are, the leaf among them.</returns>
    public int FollowFramePointers(in TRegisters registers, StackCopy stack, IUnwindModules modules, Span<ulong> frames)
    {
        _interrupted.Clear();
        if (frames.IsEmpty || !registers.TryGet(TRegisters.InstructionPointer, out frames[0]) || !registers.TryGet(TRegisters.StackPointer, out _))
            return 0;
        var walk = new Walk { Registers = registers, IsExact = true, IsLeaf = true };
        int count = 1;
        for (; count < frames.Length && StepByFramePointer(ref walk, stack, modules, UnwindStop.NoRow) is null; walk.IsLeaf = false)
            walk.Registers.TryGet(TRegisters.InstructionPointer, out frames[count++]);
        return count;
    }

    private struct Walk
    {
        public TRegisters Registers;

        /// <summary>The frame's address is of an instruction that was interrupted, not of one that a call returns to.</summary>
        public bool IsExact;

        public bool IsLeaf;
        public bool FramePointerUsed;
    }

    /// <summary>Goes to the caller; returns why there is none.</summary>
    private UnwindStop? Step(ref Walk walk, StackCopy stack, IUnwindModules modules, scoped ref UnwindModule module)
    {
        walk.Registers.TryGet(TRegisters.InstructionPointer, out ulong pc);
        // The call itself, not what it returns to: that may already be another function.
        ulong address = walk.IsExact ? pc : pc - 1;
        if (!module.Covers(address) && !modules.TryFind(address, out module))
            return StepFromNowhere(ref walk, stack, modules);
        if (module.Table is not { } table)
            return StepByFramePointer(ref walk, stack, modules, UnwindStop.NoRow);
        ulong inFile = unchecked(address - module.Bias);
        CompactRow row = RowAt(table, modules, module, inFile);
        // A thread in a system call that is its function's last instruction stands behind the function, as after sigreturn.
        if (row.Kind == RowKind.None && walk.IsLeaf && module.Covers(address - 1))
            row = RowAt(table, modules, module, --inFile);
        return row.Kind switch
        {
            RowKind.Simple => StepByRow(ref walk, stack, row),
            RowKind.Program => StepByProgram(ref walk, stack, modules, module, row, inFile),
            RowKind.Outermost => UnwindStop.ReachedOutermost,
            _ => StepByFramePointer(ref walk, stack, modules, UnwindStop.NoRow),
        };
    }

    /// <summary>The row of an address in the file; none where the file cannot be read now, which is not remembered.</summary>
    private CompactRow RowAt(UnwindTable table, IUnwindModules modules, in UnwindModule module, ulong address)
    {
        if (_cache.TryFind(table.Number, address, out CompactRow row))
            return row;
        ReadOnlySpan<byte> file = _program.Steps < _mostSteps ? modules.Load(module) : [];
        if (file.IsEmpty)
            return default;
        row = table.RowOf<TRegisters>(_program, file, address);
        _cache.Add(table.Number, address, row);
        Misses++;
        return row;
    }

    private static UnwindStop? StepByRow(ref Walk walk, StackCopy stack, in CompactRow row)
    {
        ref TRegisters registers = ref walk.Registers;
        if (!registers.TryGet(row.CfaRegister, out ulong cfa) || !registers.TryGet(TRegisters.StackPointer, out ulong sp))
            return UnwindStop.BadRead;
        cfa = unchecked(cfa + (ulong)row.Number);
        ulong place = unchecked(cfa + (ulong)(row.ReturnAddress * 8L));
        if (!stack.TryRead(place, out ulong caller))
            return stack.WhyNot(place);
        ReadOnlySpan<byte> columns = TRegisters.Saved;
        int i = 0;
        for (ulong rest = row.Saved >> 8; rest != 0; rest >>= 8, i++)
        {
            if ((byte)rest == 0)
                continue;
            // A register that was saved where the copy has no bytes matters only if a caller's rules need it.
            if (!CompactRow.IsUndefined(rest) && stack.TryRead(unchecked(cfa + (ulong)((sbyte)rest * 8L)), out ulong saved))
                registers.Assign(columns[i], saved);
            else
                registers.Forget(columns[i]);
        }

        return Arrive(ref walk, caller, cfa, sp, row.IsSignalFrame);
    }

    private UnwindStop? StepByProgram(
        ref Walk walk, StackCopy stack, IUnwindModules modules, in UnwindModule module, in CompactRow row, ulong address)
    {
        ReadOnlySpan<byte> file = _program.Steps < _mostSteps ? modules.Load(module) : [];
        if (file.IsEmpty || !module.Table!.TryRun(_program, file, row.Number, row.IsDebugFrame, address))
            return StepByFramePointer(ref walk, stack, modules, UnwindStop.NoRow);
        if (!walk.Registers.TryGet(TRegisters.StackPointer, out ulong sp))
            return UnwindStop.BadRead;
        _mostSteps -= StepsOfExpressions;
        CfaRule rule = _program.Cfa;
        ulong cfa;
        if (rule.IsExpression)
        {
            if (!Expression<TRegisters>.TryEvaluate(file, (int)rule.Value, rule.Length, walk.Registers, stack, null, out cfa, out UnwindStop why))
                return why;
        }
        else if (rule.Register >= TRegisters.Columns || !walk.Registers.TryGet(rule.Register, out cfa))
        {
            return UnwindStop.BadRead;
        }
        else
        {
            cfa = unchecked(cfa + (ulong)rule.Value);
        }

        TRegisters callee = walk.Registers;
        walk.Registers.Assign(TRegisters.StackPointer, cfa);
        ReadOnlySpan<RegisterRule> rules = _program.Rules;
        ulong caller = 0;
        for (int column = 0; column < rules.Length; column++)
        {
            if (rules[column].IsSame && column != _program.ReturnAddress)
                continue;
            bool isKnown = TryApply(rules[column], column, callee, stack, file, cfa, out ulong value, out UnwindStop why);
            if (column == _program.ReturnAddress)
            {
                if (!isKnown)
                    return why;
                caller = value;
            }

            if (isKnown)
                walk.Registers.Assign(column, value);
            else
                walk.Registers.Forget(column);
        }

        return walk.Registers.TryGet(TRegisters.StackPointer, out ulong newSp)
            ? Arrive(ref walk, caller, newSp, sp, _program.IsSignalFrame) : UnwindStop.BadRead;
    }

    private static bool TryApply(RegisterRule rule, int column, in TRegisters callee, StackCopy stack, ReadOnlySpan<byte> file,
        ulong cfa, out ulong value, out UnwindStop why)
    {
        why = UnwindStop.BadRead;
        ulong place;
        switch (rule.Kind)
        {
            case RuleKind.Unspecified:
            case RuleKind.SameValue:
                return callee.TryGet(column, out value);
            case RuleKind.Register when rule.Value < TRegisters.Columns:
                return callee.TryGet((int)rule.Value, out value);
            case RuleKind.ValueOffset:
                value = unchecked(cfa + (ulong)rule.Value);
                return true;
            case RuleKind.ValueExpression:
                return Expression<TRegisters>.TryEvaluate(file, (int)rule.Value, rule.Length, callee, stack, cfa, out value, out why);
            case RuleKind.Offset:
                place = unchecked(cfa + (ulong)rule.Value);
                break;
            case RuleKind.Expression:
                if (!Expression<TRegisters>.TryEvaluate(file, (int)rule.Value, rule.Length, callee, stack, cfa, out place, out why))
                {
                    value = 0;
                    return false;
                }

                break;
            default:
                value = 0;
                return false;
        }

        why = stack.WhyNot(place);
        return stack.TryRead(place, out value);
    }

    /// <summary>A call through a pointer to nowhere, a null pointer most of all: all that happened is the call.</summary>
    private static UnwindStop? StepFromNowhere(ref Walk walk, StackCopy stack, IUnwindModules modules)
    {
        walk.Registers.TryGet(TRegisters.StackPointer, out ulong sp);
        if (!walk.IsLeaf || !stack.TryRead(sp, out ulong caller) || !modules.TryFind(caller - 1, out _))
            return StepByFramePointer(ref walk, stack, modules, UnwindStop.NoModule);
        return Arrive(ref walk, caller, sp + sizeof(ulong), sp, false);
    }

    /// <summary>Takes the frame for one that begins with the caller's frame pointer and its return address, if that can be.</summary>
    /// <param name="otherwise">Why there is no better way.</param>
    private static UnwindStop? StepByFramePointer(ref Walk walk, StackCopy stack, IUnwindModules modules, UnwindStop otherwise)
    {
        ref TRegisters registers = ref walk.Registers;
        registers.TryGet(TRegisters.StackPointer, out ulong sp);
        if (!registers.TryGet(TRegisters.FramePointer, out ulong frame))
            return otherwise;
        if (frame == 0 && !walk.IsLeaf)
        {
            // The outermost frame has a frame pointer of 0 (x86-64 psABI, 3.4.1); a leaf may use the register as it likes.
            walk.FramePointerUsed = true;
            return UnwindStop.ReachedOutermost;
        }

        if (frame < sp || frame % sizeof(ulong) != 0)
            return otherwise;
        if (!stack.TryRead(frame, out ulong next) || !stack.TryRead(frame + sizeof(ulong), out ulong caller))
            return stack.WhyNot(frame) == UnwindStop.StackTruncated ? UnwindStop.StackTruncated : otherwise;
        if (caller == 0 ? next != 0 : !modules.TryFind(caller - 1, out _))
            return otherwise;
        walk.FramePointerUsed = true;
        registers.Assign(TRegisters.FramePointer, next);
        registers.ForgetOthers();
        return Arrive(ref walk, caller, frame + 2 * sizeof(ulong), sp, false);
    }

    private static UnwindStop? Arrive(ref Walk walk, ulong caller, ulong sp, ulong calleeSp, bool wasInterrupted)
    {
        if (caller == 0)
            return UnwindStop.ReachedOutermost;
        // A signal's handler can run on another stack than what it interrupted, and a leaf can have popped its return address.
        if (!wasInterrupted && (walk.IsLeaf ? sp < calleeSp : sp <= calleeSp))
            return UnwindStop.NoProgress;
        walk.Registers.Assign(TRegisters.InstructionPointer, caller);
        walk.Registers.Assign(TRegisters.StackPointer, sp);
        walk.IsExact = wasInterrupted;
        return null;
    }
}
