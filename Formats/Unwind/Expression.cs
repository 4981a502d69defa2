using System.Runtime.CompilerServices;

namespace Diagnose.Formats.Unwind;

/// <summary>
/// Evaluates a DWARF expression (DWARF 4, 2.5) over registers and the copied stack. Loops are possible, so steps are counted.
/// </summary>
internal ref struct Expression<TRegisters>
    where TRegisters : struct, IUnwindRegisters<TRegisters>
{
    private const int MostSteps = 256, MostValues = 64;

    [InlineArray(MostValues)]
    private struct Values
    {
        private ulong _first;
    }

    private Values _values;
    private int _count;
    private bool _failed;

    /// <summary>The value on top of the stack when the expression ends.</summary>
    /// <param name="initial">Pushed before it begins: the CFA, for the rule of a register.</param>
    /// <param name="why">Why it has none.</param>
    public static bool TryEvaluate(ReadOnlySpan<byte> file, int at, int length, in TRegisters registers, StackCopy stack,
        ulong? initial, out ulong value, out UnwindStop why)
    {
        var expression = default(Expression<TRegisters>);
        if (initial is { } first)
            expression.Push(first);
        why = expression.Run(file, at, length, registers, stack);
        value = expression.Pop();
        if (why == UnwindStop.ReachedOutermost && expression._failed)
            why = UnwindStop.BadRead;
        return why == UnwindStop.ReachedOutermost;
    }

    /// <summary>Returns <see cref="UnwindStop.ReachedOutermost"/>, as nothing stopped it, or why it could not go on.</summary>
    private UnwindStop Run(ReadOnlySpan<byte> file, int at, int length, in TRegisters registers, StackCopy stack)
    {
        int start = at, end = at + length;
        var cursor = new DwarfCursor(file, start, end);
        for (int step = 0; !cursor.IsAtEnd && !_failed; step++)
        {
            if (step == MostSteps)
                return UnwindStop.BadRead;
            var operation = (ExpressionOperation)cursor.U8();
            switch (operation)
            {
                case >= ExpressionOperation.Lit0 and <= ExpressionOperation.Lit31:
                    Push((ulong)(operation - ExpressionOperation.Lit0));
                    break;
                case >= ExpressionOperation.Breg0 and <= ExpressionOperation.Breg31:
                    PushRegister(registers, (ulong)(operation - ExpressionOperation.Breg0), cursor.Sleb());
                    break;
                case ExpressionOperation.Bregx:
                    ulong column = cursor.Uleb();
                    PushRegister(registers, column, cursor.Sleb());
                    break;
                case ExpressionOperation.Deref:
                case ExpressionOperation.DerefSize:
                    int size = operation == ExpressionOperation.Deref ? sizeof(ulong) : cursor.U8();
                    ulong address = Pop();
                    if (_failed || cursor.Failed || size is not (1 or 2 or 4 or 8))
                        return UnwindStop.BadRead;
                    if (!stack.TryRead(address, size, out ulong read))
                        return stack.WhyNot(address);
                    Push(read);
                    break;
                case ExpressionOperation.Bra:
                case ExpressionOperation.Skip:
                    long distance = cursor.Signed(2);
                    if (operation == ExpressionOperation.Bra && Pop() == 0)
                        break;
                    long target = cursor.At + distance;
                    if (cursor.Failed || target < start || target > end)
                        return UnwindStop.BadRead;
                    cursor = new DwarfCursor(file, (int)target, end);
                    break;
                case ExpressionOperation.Nop:
                    break;
                default:
                    if (!TryPushConstant(operation, ref cursor) && !TryMove(operation, ref cursor) && !TryCalculate(operation, ref cursor))
                        return UnwindStop.BadRead;
                    break;
            }
        }

        return cursor.Failed || _failed ? UnwindStop.BadRead : UnwindStop.ReachedOutermost;
    }

    private bool TryPushConstant(ExpressionOperation operation, ref DwarfCursor cursor)
    {
        switch (operation)
        {
            case ExpressionOperation.Const1u:
            case ExpressionOperation.Const2u:
            case ExpressionOperation.Const4u:
            case ExpressionOperation.Const8u:
                Push(cursor.Unsigned(1 << ((operation - ExpressionOperation.Const1u) / 2)));
                return true;
            case ExpressionOperation.Const1s:
            case ExpressionOperation.Const2s:
            case ExpressionOperation.Const4s:
            case ExpressionOperation.Const8s:
                Push((ulong)cursor.Signed(1 << ((operation - ExpressionOperation.Const1s) / 2)));
                return true;
            case ExpressionOperation.Addr:
                Push(cursor.U64());
                return true;
            case ExpressionOperation.Constu:
                Push(cursor.Uleb());
                return true;
            case ExpressionOperation.Consts:
                Push((ulong)cursor.Sleb());
                return true;
            default:
                return false;
        }
    }

    private bool TryMove(ExpressionOperation operation, ref DwarfCursor cursor)
    {
        switch (operation)
        {
            case ExpressionOperation.Dup:
                Push(Peek(0));
                return true;
            case ExpressionOperation.Drop:
                Pop();
                return true;
            case ExpressionOperation.Over:
                Push(Peek(1));
                return true;
            case ExpressionOperation.Pick:
                Push(Peek(cursor.U8()));
                return true;
            case ExpressionOperation.Swap:
                (ulong top, ulong below) = (Pop(), Pop());
                Push(top);
                Push(below);
                return true;
            case ExpressionOperation.Rot:
                // The top goes below the two that were under it.
                (ulong first, ulong second, ulong third) = (Pop(), Pop(), Pop());
                Push(first);
                Push(third);
                Push(second);
                return true;
            default:
                return false;
        }
    }

    private bool TryCalculate(ExpressionOperation operation, ref DwarfCursor cursor)
    {
        ulong right = Pop();
        switch (operation)
        {
            case ExpressionOperation.Abs:
                Push((long)right < 0 ? unchecked(0 - right) : right);
                return true;
            case ExpressionOperation.Neg:
                Push(unchecked(0 - right));
                return true;
            case ExpressionOperation.Not:
                Push(~right);
                return true;
            case ExpressionOperation.PlusUconst:
                Push(unchecked(right + cursor.Uleb()));
                return true;
        }

        ulong left = Pop();
        // Division and comparison are of signed numbers, the remainder of unsigned ones, as in binutils and libgcc.
        long signedLeft = (long)left, signedRight = (long)right;
        ulong? result = operation switch
        {
            ExpressionOperation.And => left & right,
            ExpressionOperation.Or => left | right,
            ExpressionOperation.Xor => left ^ right,
            ExpressionOperation.Plus => unchecked(left + right),
            ExpressionOperation.Minus => unchecked(left - right),
            ExpressionOperation.Mul => unchecked(left * right),
            ExpressionOperation.Div when right != 0 => signedRight == -1 ? unchecked(0 - left) : (ulong)(signedLeft / signedRight),
            ExpressionOperation.Mod when right != 0 => left % right,
            ExpressionOperation.Shl => right < 64 ? left << (int)right : 0,
            ExpressionOperation.Shr => right < 64 ? left >> (int)right : 0,
            ExpressionOperation.Shra => (ulong)(signedLeft >> (int)Math.Min(right, 63)),
            ExpressionOperation.Eq => Truth(left == right),
            ExpressionOperation.Ne => Truth(left != right),
            ExpressionOperation.Ge => Truth(signedLeft >= signedRight),
            ExpressionOperation.Gt => Truth(signedLeft > signedRight),
            ExpressionOperation.Le => Truth(signedLeft <= signedRight),
            ExpressionOperation.Lt => Truth(signedLeft < signedRight),
            _ => null,
        };
        if (result is not { } value)
            return false;
        Push(value);
        return true;
    }

    private static ulong Truth(bool value) => value ? 1UL : 0;

    private void PushRegister(in TRegisters registers, ulong column, long offset)
    {
        if (column < (ulong)TRegisters.Columns && registers.TryGet((int)column, out ulong value))
            Push(unchecked(value + (ulong)offset));
        else
            _failed = true;
    }

    private void Push(ulong value)
    {
        if (_count == MostValues)
            _failed = true;
        else
            _values[_count++] = value;
    }

    private ulong Pop()
    {
        if (_count > 0)
            return _values[--_count];
        _failed = true;
        return 0;
    }

    private ulong Peek(int depth)
    {
        if (depth < _count)
            return _values[_count - 1 - depth];
        _failed = true;
        return 0;
    }
}
