using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Every DW_OP that may appear in unwind information.</summary>
public class ExpressionTests
{
    private const ulong StackAt = 0x7ffe_0000;
    private static readonly byte[] s_stack = [.. Enumerable.Range(0, 64).Select(i => (byte)(0xf0 - i))];

    [Theory]
    [InlineData("30", 0UL)] // lit0
    [InlineData("4f", 31UL)] // lit31
    [InlineData("03 08 07 06 05 04 03 02 01", 0x0102030405060708UL)] // addr
    [InlineData("08 ff", 255UL)] // const1u
    [InlineData("09 ff", ulong.MaxValue)] // const1s
    [InlineData("0a ff ff", 0xffffUL)] // const2u
    [InlineData("0b fe ff", ulong.MaxValue - 1)] // const2s
    [InlineData("0c ff ff ff ff", 0xffffffffUL)] // const4u
    [InlineData("0d fd ff ff ff", ulong.MaxValue - 2)] // const4s
    [InlineData("0e ff ff ff ff ff ff ff 7f", 0x7fffffffffffffffUL)] // const8u
    [InlineData("0f ff ff ff ff ff ff ff ff", ulong.MaxValue)] // const8s
    [InlineData("10 80 01", 128UL)] // constu
    [InlineData("11 7f", ulong.MaxValue)] // consts
    [InlineData("77 08", StackAt + 8)] // breg7 (rsp)
    [InlineData("77 78", StackAt - 8)]
    [InlineData("80 00", 0x401234UL)] // breg16 (rip)
    [InlineData("92 07 10", StackAt + 16)] // bregx
    [InlineData("77 00 06", 0xe9eaebecedeeeff0UL)] // deref
    [InlineData("77 01 94 01", 0xefUL)] // deref_size
    [InlineData("77 01 94 02", 0xeeefUL)]
    [InlineData("77 01 94 04", 0xecedeeefUL)]
    [InlineData("77 01 94 08", 0xe8e9eaebecedeeefUL)]
    [InlineData("33 12 22", 6UL)] // dup, plus
    [InlineData("33 34 13", 3UL)] // drop
    [InlineData("33 34 14 1c 1c", 2UL)] // over: 3 4 3; 4-3; 3-1
    [InlineData("33 34 35 15 02", 3UL)] // pick
    [InlineData("33 34 15 00", 4UL)]
    [InlineData("33 35 16 1c", 2UL)] // swap: 5-3
    [InlineData("31 32 34 17", 2UL)] // rot: 4 1 2
    [InlineData("31 32 34 17 13", 1UL)]
    [InlineData("31 32 34 17 13 13", 4UL)]
    [InlineData("09 fb 19", 5UL)] // abs
    [InlineData("35 19", 5UL)]
    [InlineData("3c 3a 1a", 8UL)] // and
    [InlineData("09 f9 32 1b", unchecked((ulong)-3))] // div, signed
    [InlineData("0f 00 00 00 00 00 00 00 80 09 ff 1b", 0x8000000000000000UL)] // the one that does not fit
    [InlineData("3a 33 1d", 1UL)] // mod
    [InlineData("33 34 1e", 12UL)] // mul
    [InlineData("31 1f", ulong.MaxValue)] // neg
    [InlineData("30 20", ulong.MaxValue)] // not
    [InlineData("39 36 21", 15UL)] // or
    [InlineData("31 23 80 02", 257UL)] // plus_uconst
    [InlineData("31 34 24", 16UL)] // shl
    [InlineData("31 08 40 24", 0UL)] // by 64
    [InlineData("09 f0 08 3c 25", 15UL)] // shr
    [InlineData("09 f0 32 26", ulong.MaxValue - 3)] // shra
    [InlineData("09 f0 08 c8 26", ulong.MaxValue)] // by 200
    [InlineData("39 36 27", 15UL)] // xor
    [InlineData("33 33 29", 1UL)] // eq
    [InlineData("33 34 29", 0UL)]
    [InlineData("09 ff 30 2a", 0UL)] // ge: -1 >= 0, signed
    [InlineData("30 30 2a", 1UL)]
    [InlineData("31 30 2b", 1UL)] // gt
    [InlineData("30 30 2b", 0UL)]
    [InlineData("09 ff 30 2c", 1UL)] // le
    [InlineData("31 30 2c", 0UL)]
    [InlineData("09 ff 30 2d", 1UL)] // lt
    [InlineData("30 30 2d", 0UL)]
    [InlineData("30 31 2e", 1UL)] // ne
    [InlineData("33 2f 01 00 34", 3UL)] // skip over lit4
    [InlineData("33 31 28 01 00 34", 3UL)] // bra, taken
    [InlineData("33 30 28 01 00 34", 4UL)] // not taken
    [InlineData("33 96", 3UL)] // nop
    [InlineData("35 12 31 1c 12 28 f9 ff 13", 1UL)] // a loop that counts down, 5 4 3 2 1 0
    [InlineData("77 08 80 00 3f 1a 3b 2a 33 24 22", StackAt + 8)] // what linkers write for .plt, before the push (0x…4)
    public void An_operation_has_its_value(string expression, ulong value)
    {
        Assert.Equal(UnwindStop.ReachedOutermost, Evaluate(expression, null, out ulong found));
        Assert.Equal(value, found);
    }

    [Theory]
    [InlineData("", UnwindStop.BadRead)] // no value
    [InlineData("22", UnwindStop.BadRead)] // nothing to add
    [InlineData("31 22", UnwindStop.BadRead)]
    [InlineData("31 15 01", UnwindStop.BadRead)] // pick from below
    [InlineData("31 30 1b", UnwindStop.BadRead)] // division by zero
    [InlineData("31 30 1d", UnwindStop.BadRead)]
    [InlineData("50", UnwindStop.BadRead)] // reg0: no value in unwind information
    [InlineData("97", UnwindStop.BadRead)] // push_object_address
    [InlineData("08", UnwindStop.BadRead)] // cut
    [InlineData("70 00", UnwindStop.BadRead)] // rax is not known
    [InlineData("92 80 01 00", UnwindStop.BadRead)] // no such register
    [InlineData("77 78 06", UnwindStop.BadRead)] // below the stack pointer
    [InlineData("77 38 94 03", UnwindStop.BadRead)] // three bytes
    [InlineData("77 c0 00 06", UnwindStop.StackTruncated)] // where the copy ends
    [InlineData("77 39 06", UnwindStop.StackTruncated)] // half of it
    [InlineData("30 06", UnwindStop.BadRead)]
    [InlineData("33 2f 7f 00", UnwindStop.BadRead)] // skip beyond the end
    [InlineData("33 2f 00 80", UnwindStop.BadRead)] // and before the start
    [InlineData("2f fd ff", UnwindStop.BadRead)] // without end
    [InlineData("31 2f fc ff", UnwindStop.BadRead)] // ever more values
    public void What_has_no_value_says_why(string expression, UnwindStop why) => Assert.Equal(why, Evaluate(expression, null, out _));

    [Fact]
    public void A_loop_without_end_is_left_soon()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (int i = 0; i < 1000; i++)
            Assert.Equal(UnwindStop.BadRead, Evaluate("31 13 2f fb ff", null, out _));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), watch.Elapsed.ToString());
    }

    [Fact]
    public void The_rule_of_a_register_begins_with_the_CFA()
    {
        Assert.Equal(UnwindStop.ReachedOutermost, Evaluate("23 10", 0x1000, out ulong value));
        Assert.Equal(0x1010UL, value);
    }

    private static UnwindStop Evaluate(string expression, ulong? initial, out ulong value)
    {
        var registers = new X64Registers();
        registers.Assign(X64Registers.StackPointer, StackAt);
        registers.Assign(X64Registers.InstructionPointer, 0x401234);
        byte[] bytes = [0xaa, .. FrameProgramTests.Bytes(expression), 0xaa];
        bool good = Expression<X64Registers>.TryEvaluate(
            bytes, 1, bytes.Length - 2, registers, new StackCopy(StackAt, s_stack), initial, out value, out UnwindStop why);
        Assert.Equal(good, why == UnwindStop.ReachedOutermost);
        return why;
    }
}
