using System.Numerics;
using System.Runtime.CompilerServices;

namespace Diagnose.Formats.Unwind.X64;

/// <summary>The general registers of x86-64 by their DWARF numbers (x86-64 psABI, figure 3.36); 16 is the return address.</summary>
public struct X64Registers : IUnwindRegisters<X64Registers>
{
    private const int Count = 17;

    [InlineArray(Count)]
    private struct Values
    {
        private ulong _first;
    }

    private Values _values;
    private uint _known;

    public static int Columns => Count;

    public static int StackPointer => 7;

    public static int FramePointer => 6;

    public static int InstructionPointer => 16;

    /// <summary>rbx, rbp, r12 to r15: what a function keeps for its caller.</summary>
    public static ReadOnlySpan<byte> Saved => [3, 6, 12, 13, 14, 15];

    /// <summary>DWARF numbers of PERF_REG_X86_AX up to R15 (<c>asm/perf_regs.h</c>); flags and segments have none here.</summary>
    private static ReadOnlySpan<sbyte> OfPerf =>
        [0, 3, 2, 1, 4, 5, 6, 7, 16, -1, -1, -1, -1, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>Registers as a sample has them.</summary>
    /// <param name="mask">Which ones there are: <c>sample_regs_user</c>.</param>
    /// <param name="values">Theirs, in the order of the mask's bits.</param>
    /// <returns>False without instruction and stack pointer, with which nothing can be unwound.</returns>
    public static bool TryFromPerf(ulong mask, ReadOnlySpan<ulong> values, out X64Registers registers)
    {
        registers = default;
        for (int i = 0; mask != 0 && i < values.Length; i++)
        {
            int register = BitOperations.TrailingZeroCount(mask);
            mask &= mask - 1;
            if (register < OfPerf.Length && OfPerf[register] >= 0)
                registers.Assign(OfPerf[register], values[i]);
        }

        return registers.TryGet(InstructionPointer, out _) && registers.TryGet(StackPointer, out _);
    }

    public readonly bool TryGet(int column, out ulong value)
    {
        value = _values[column];
        return (_known & (1u << column)) != 0;
    }

    public void Assign(int column, ulong value)
    {
        _values[column] = value;
        _known |= 1u << column;
    }

    public void Forget(int column) => _known &= ~(1u << column);

    public void ForgetOthers() => _known &= 1u << StackPointer | 1u << FramePointer | 1u << InstructionPointer;

    /// <summary>
    /// An entry of .plt has 16 bytes: a jump of 6, a push of 5, a jump; or, with indirect branch tracking, a mark of 4, a push
    /// of 5, a jump. The first one is reached with what the others push, and pushes in its first 6 bytes once more. .init and
    /// .fini make room for one word, call, and take it back before they return.
    /// </summary>
    public static CompactRow StubRow(in StubSection section, ulong offset)
    {
        bool isPushed = section.Kind switch
        {
            StubKind.LazyPlt => offset < 16 ? offset >= 6 : (offset & 15) >= 9,
            StubKind.InitFini => offset >= (section.IsMarked ? 8UL : 4) && offset < section.Size - 1,
            _ => false,
        };
        int words = (isPushed ? 2 : 1) + (section.Kind == StubKind.LazyPlt && offset < 16 ? 1 : 0);
        return CompactRow.Simple((byte)StackPointer, 8 * words, -1);
    }
}
