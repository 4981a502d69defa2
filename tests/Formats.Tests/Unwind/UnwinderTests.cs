using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Walks over hand-made stacks: how each ends, and which way each frame is passed.</summary>
public class UnwinderTests
{
    private const ulong Code = TestProcess.Bias, Stack = TestProcess.StackAt;
    private const ulong Main = 0x1000, Leaf = 0x1100, Start = 0x1200, Framed = 0x1300, Signal = 0x1400, Programmed = 0x1500, ByRbx = 0x1600, Nothing = 0x1f00;

    private static readonly UnwindElf s_program = Program();

    /// <summary>Each function is 0x40 long; what it pushes it has pushed from its address + 4 on.</summary>
    private static UnwindElf Program()
    {
        var elf = new UnwindElf();
        FrameBytes frames = elf.EhFrame;
        int common = frames.Common(FrameBytes.AtCall);
        frames.Frame(common, Main, 0x40, [0x44, 0x0e, 32, 0x83, 2]); // rbx at CFA-16
        frames.Frame(common, Leaf, 0x40, []);
        frames.Frame(common, Start, 0x40, [0x07, 16]);
        frames.Frame(common, Framed, 0x40, [0x44, 0x0c, 6, 16, 0x86, 2]); // rbp at CFA-16, CFA = rbp+16
        frames.Frame(common, Programmed, 0x40, [0x0f, 3, 0x77, 0, 0x06]); // CFA = *rsp
        frames.Frame(common, ByRbx, 0x40, [0x0c, 3, 0]); // CFA = rbx
        // As at the kernel's return from a handler: everything lies in what it saved, 40 bytes above.
        int signal = frames.Common([], "zRS", [FrameBytes.Usual]);
        frames.Frame(signal, Signal - 1, 0x20, [0x0f, 4, 0x77, 0xe0, 0, 0x06, 0x10, 6, 3, 0x77, 0xe8, 0, 0x10, 16, 3, 0x77, 0xf0, 0]);
        elf.PltBytes = 64;
        return elf;
    }

    private static TestProcess Process()
    {
        var process = new TestProcess();
        process.Map(s_program);
        return process;
    }

    [Fact]
    public void A_stack_is_walked_to_its_outermost_frame()
    {
        TestProcess process = Process().At(Code + Leaf).Put(0, Code + Main + 0x20).Put(8 + 24, Code + Start + 8);
        Assert.Equal([Code + Leaf, Code + Main + 0x20, Code + Start + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, false), process.End);
        Assert.Equal((3, 3L), (process.Loads, process.Unwinder.Misses));
        process.Unwind();
        Assert.Equal((3, 3L), (process.Loads, process.Unwinder.Misses)); // the rows are known now
    }

    [Fact]
    public void A_function_is_left_rightly_before_and_after_it_pushed()
    {
        Assert.Equal([Code + Main + 3, Code + Start + 8], Process().At(Code + Main + 3).Put(0, Code + Start + 8).Unwind());
        Assert.Equal([Code + Main + 4, Code + Start + 8], Process().At(Code + Main + 4).Put(24, Code + Start + 8).Unwind());
    }

    [Fact]
    public void A_call_that_is_a_functions_last_instruction_belongs_to_it()
    {
        // It returns to what is already the next function's code, here nobody's.
        TestProcess process = Process().At(Code + Leaf).Put(0, Code + Main + 0x40).Put(8 + 24, Code + Start + 8);
        Assert.Equal([Code + Leaf, Code + Main + 0x40, Code + Start + 8], process.Unwind());
    }

    [Fact]
    public void A_leaf_in_a_system_call_that_is_its_functions_last_instruction_belongs_to_it_and_no_caller_does()
    {
        TestProcess process = Process().At(Code + Leaf + 0x40).Put(0, Code + Main + 0x20).Put(8 + 24, Code + Start + 8);
        Assert.Equal([Code + Leaf + 0x40, Code + Main + 0x20, Code + Start + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, false), process.End);
        Assert.Equal([Code + Leaf + 0x41], Process().At(Code + Leaf + 0x41).Put(0, Code + Main + 0x20).Unwind());
        process = Process().At(Code + Leaf).Put(0, Code + Leaf + 0x41).Put(8, Code + Main + 0x20);
        Assert.Equal([Code + Leaf, Code + Leaf + 0x41], process.Unwind());
        Assert.Equal(UnwindStop.NoRow, process.End.Stop);
        Assert.Empty(process.Unwinder.Interrupted.ToArray());
    }

    [Fact]
    public void A_return_address_of_zero_is_the_end()
    {
        TestProcess process = Process().At(Code + Leaf);
        Assert.Equal([Code + Leaf], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, false), process.End);
    }

    [Fact]
    public void What_was_interrupted_is_looked_up_where_it_was_and_can_be_on_another_stack()
    {
        // The handler returns to the first byte of the kernel's trampoline, whose entry begins one byte before.
        TestProcess process = Process().At(Code + Leaf, sp: 256).Put(256, Code + Signal)
            .Put(264 + 96, Stack + 264 + 200).Put(264 + 104, 0x77).Put(264 + 112, Code + Framed)
            .Put(264 + 200, Code + Main + 0x20).Put(264 + 208 + 24, Code + Start + 8);
        // Framed was interrupted at its first instruction: one byte before there would be nothing, one after it the row is another.
        Assert.Equal([Code + Leaf, Code + Signal, Code + Framed, Code + Main + 0x20, Code + Start + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, false), process.End);
        Assert.Equal([2], process.Unwinder.Interrupted);

        // The other stack was not copied, so nothing of it is read.
        process.Put(264 + 96, Stack - 4096);
        Assert.Equal([Code + Leaf, Code + Signal, Code + Framed], process.Unwind());
        Assert.Equal(UnwindStop.BadRead, process.End.Stop);
    }

    [Fact]
    public void A_stack_deeper_than_its_copy_is_truncated()
    {
        TestProcess process = Process().At(Code + Leaf).Put(0, Code + Main + 0x20).Put(8 + 24, Code + Main + 0x20);
        process.Stack = process.Stack[..48];
        Assert.Equal([Code + Leaf, Code + Main + 0x20, Code + Main + 0x20], process.Unwind());
        Assert.Equal(UnwindStop.StackTruncated, process.End.Stop);
        process.Stack = [];
        Assert.Equal([Code + Leaf], process.Unwind());
        Assert.Equal(UnwindStop.StackTruncated, process.End.Stop);
    }

    [Fact]
    public void A_frame_pointer_that_leads_out_of_the_stack_is_not_followed()
    {
        TestProcess process = Process().At(Code + Framed + 0x10, fp: Stack - 64);
        Assert.Equal([Code + Framed + 0x10], process.Unwind());
        Assert.Equal(UnwindStop.BadRead, process.End.Stop);
        Process().At(Code + Framed + 0x10, fp: ulong.MaxValue - 4).Unwind();
        process.Registers.Forget(X64Registers.FramePointer);
        process.Unwind();
        Assert.Equal(UnwindStop.BadRead, process.End.Stop);
    }

    [Fact]
    public void A_frame_that_is_not_above_its_callees_ends_the_walk()
    {
        // The first CFA is read from the stack and leads up; the second one leads back to where it began.
        TestProcess process = Process().At(Code + Programmed + 4).Put(0, Stack + 64).Put(56, Code + Programmed + 8).Put(64, Stack + 64);
        Assert.Equal([Code + Programmed + 4, Code + Programmed + 8], process.Unwind());
        Assert.Equal(UnwindStop.NoProgress, process.End.Stop);
    }

    [Fact]
    public void A_stack_with_more_frames_than_asked_for_is_too_deep()
    {
        TestProcess process = Process().At(Code + Leaf);
        for (ulong at = 0; at < 1024; at += 8)
            process.Put(at, Code + Leaf + 8);
        Assert.Equal(10, process.Unwind(10).Length);
        Assert.Equal(UnwindStop.TooDeep, process.End.Stop);
        Assert.Equal(129, process.Unwind(1000).Length);
        Assert.Equal(UnwindStop.StackTruncated, process.End.Stop);
        Assert.Empty(process.Unwind(0));
    }

    [Fact]
    public void Code_without_rows_is_passed_by_its_frame_pointer_and_that_is_told()
    {
        TestProcess process = Process().At(Code + Nothing, fp: Stack + 128).Put(128, Stack + 512).Put(136, Code + Framed + 0x20)
            .Put(512, 0x1234).Put(520, Code + Start + 8);
        Assert.Equal([Code + Nothing, Code + Framed + 0x20, Code + Start + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, true), process.End);
        // The saved frame pointer of the caller's caller is marked as the last.
        process.Put(136, Code + Nothing + 8).Put(128, 0);
        Assert.Equal([Code + Nothing, Code + Nothing + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, true), process.End);
    }

    [Fact]
    public void Frame_pointers_alone_are_followed_without_rows_and_pass_what_keeps_none_over()
    {
        // Main keeps no frame pointer, so that its caller seems to be its callee's.
        TestProcess process = Process().At(Code + Framed + 0x10, fp: Stack + 64).Put(64, Stack + 512).Put(72, Code + Main + 0x20)
            .Put(512, 0).Put(520, Code + Start + 8);
        ulong[] frames = new ulong[8];
        int count = process.Unwinder.FollowFramePointers(process.Registers, new StackCopy(Stack, process.Stack), process, frames);
        Assert.Equal([Code + Framed + 0x10, Code + Main + 0x20, Code + Start + 8], frames[..count]);
        Assert.Equal((0, 0L), (process.Loads, process.Unwinder.Misses));
        Assert.Equal(2, process.Unwinder.FollowFramePointers(process.Registers, new StackCopy(Stack, process.Stack), process, frames.AsSpan(0, 2)));
        Assert.Equal(1, process.Unwinder.FollowFramePointers(process.Registers, new StackCopy(Stack, []), process, frames));
        Assert.Equal(0, process.Unwinder.FollowFramePointers(process.Registers, new StackCopy(Stack, process.Stack), process, []));
    }

    [Theory]
    [InlineData(0x7fff_0000_0000 + 132, UnwindStop.NoRow)] // not aligned
    [InlineData(0x7fff_0000_0000 - 64, UnwindStop.NoRow)] // below the stack pointer
    [InlineData(0x7fff_0000_0000 + 256, UnwindStop.NoRow)] // no return address there
    [InlineData(0x7fff_0000_0000 + 1020, UnwindStop.NoRow)]
    [InlineData(0x7fff_0000_0000 + 1024, UnwindStop.StackTruncated)]
    [InlineData(0UL, UnwindStop.NoRow)] // a leaf may use the register as it likes
    [InlineData(ulong.MaxValue - 7, UnwindStop.NoRow)]
    public void Code_without_rows_and_without_a_frame_pointer_ends_the_walk(ulong fp, UnwindStop stop)
    {
        TestProcess process = Process().At(Code + Nothing, fp: fp).Put(256, Stack + 512).Put(264, 0x123456789);
        Assert.Equal([Code + Nothing], process.Unwind());
        Assert.Equal(new UnwindEnd(stop, false), process.End);
    }

    [Fact]
    public void Behind_code_without_rows_only_the_frame_pointer_is_known_and_a_callers_frame_is_above_its_callees()
    {
        TestProcess process = Process().At(Code + Leaf, fp: Stack + 64).Put(0, Code + Nothing + 8).Put(64, 0).Put(72, Code + ByRbx + 8);
        process.Registers.Assign(3, Stack + 128);
        process.Put(120, Code + Start + 8);
        Assert.Equal([Code + Leaf, Code + Nothing + 8, Code + ByRbx + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.BadRead, true), process.End);
        // Called from where rbx is known, the same function is passed.
        process.Put(0, Code + ByRbx + 8);
        Assert.Equal([Code + Leaf, Code + ByRbx + 8, Code + Start + 8], process.Unwind());

        process = Process().At(Code + Leaf, fp: Stack).Put(0, Code + Nothing + 8).Put(8, Code + Main + 8);
        Assert.Equal([Code + Leaf, Code + Nothing + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.NoRow, false), process.End);
    }

    [Fact]
    public void Rows_that_take_long_to_work_out_are_not_for_one_stack_alone()
    {
        var elf = new UnwindElf();
        int common = elf.EhFrame.Common([.. FrameBytes.AtCall, .. new byte[4000]]);
        elf.EhFrame.Frame(common, 0x1000, 0x2000, []);
        var process = new TestProcess();
        process.Map(elf);
        process.At(Code + 0x1000).Stack = new byte[8 * 512];
        for (ulong i = 0; i < 512; i++)
            process.Put(i * 8, Code + 0x1001 + i);
        int first = process.Unwind(1000).Length;
        Assert.Equal(UnwindStop.NoRow, process.End.Stop);
        Assert.InRange(first, 10, 100);
        // What was found is kept, so that the next stack comes farther.
        Assert.True(process.Unwind(1000).Length > first);
    }

    [Fact]
    public void Generated_code_is_passed_by_its_frame_pointer()
    {
        TestProcess process = Process();
        process.MapCode(0x10000, 0x20000);
        process.At(0x10010, fp: Stack + 128).Put(128, Stack + 512).Put(136, 0x10020).Put(512, 0).Put(520, Code + Main + 0x20)
            .Put(528 + 24, Code + Start + 8);
        Assert.Equal([0x10010, 0x10020, Code + Main + 0x20, Code + Start + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, true), process.End);
    }

    [Fact]
    public void A_call_to_nowhere_is_taken_back()
    {
        TestProcess process = Process().At(0).Put(0, Code + Main + 0x20).Put(8 + 24, Code + Start + 8);
        Assert.Equal([0, Code + Main + 0x20, Code + Start + 8], process.Unwind());
        Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, false), process.End);
        process.Put(0, 0x4242);
        Assert.Equal([0], process.Unwind());
        Assert.Equal(UnwindStop.NoModule, process.End.Stop);
        // A caller is somewhere, or all is lost.
        process.At(Code + Leaf).Put(0, 0x4242).Put(8, Code + Main + 0x20);
        Assert.Equal([Code + Leaf, 0x4242], process.Unwind());
        Assert.Equal(UnwindStop.NoModule, process.End.Stop);
    }

    [Fact]
    public void Entries_of_the_procedure_linkage_table_are_passed()
    {
        TestProcess process = Process().At(Code + UnwindElf.PltAt + 16 + 11).Put(8, Code + Main + 0x20).Put(16 + 24, Code + Start + 8);
        Assert.Equal([Code + UnwindElf.PltAt + 27, Code + Main + 0x20, Code + Start + 8], process.Unwind());
    }

    [Fact]
    public void Two_modules_of_one_file_share_its_rows_only_by_their_own_table()
    {
        TestProcess process = Process();
        process.Map(s_program, bias: 0x6666_0000_0000);
        process.At(Code + Leaf).Put(0, 0x6666_0000_0000 + Main + 0x20).Put(8 + 24, Code + Start + 8);
        Assert.Equal([Code + Leaf, 0x6666_0000_0000 + Main + 0x20, Code + Start + 8], process.Unwind());
    }

    [Fact]
    public void A_file_that_cannot_be_read_now_is_asked_again_later()
    {
        TestProcess process = Process().At(Code + Leaf).Put(0, Code + Start + 8);
        process.CanLoad = false;
        Assert.Equal([Code + Leaf], process.Unwind());
        Assert.Equal(UnwindStop.NoRow, process.End.Stop);
        process.CanLoad = true;
        Assert.Equal([Code + Leaf, Code + Start + 8], process.Unwind());
    }

    [Fact]
    public void A_register_that_was_saved_outside_of_the_copy_matters_only_to_who_needs_it()
    {
        var elf = new UnwindElf();
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        elf.EhFrame.Frame(common, Main, 0x40, [0x86, 3]); // rbp at CFA-24: below the stack pointer, as leaves may
        elf.EhFrame.Frame(common, Leaf, 0x40, [0x07, 16]);
        elf.EhFrame.Frame(common, Framed, 0x40, [0x0c, 6, 16]);
        var process = new TestProcess();
        process.Map(elf);
        process.At(Code + Main, fp: Stack + 64).Put(0, Code + Leaf + 8);
        Assert.Equal([Code + Main, Code + Leaf + 8], process.Unwind());
        Assert.Equal(UnwindStop.ReachedOutermost, process.End.Stop);
        process.Put(0, Code + Framed + 8);
        Assert.Equal([Code + Main, Code + Framed + 8], process.Unwind());
        Assert.Equal(UnwindStop.BadRead, process.End.Stop);
    }

    [Fact]
    public void Registers_of_a_sample_go_by_its_mask()
    {
        // PERF_REG_X86_*: BX, BP, SP, IP, FLAGS, R12.
        const ulong Mask = 1 << 1 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 20;
        Assert.True(X64Registers.TryFromPerf(Mask, [11, 16, 17, 18, 19, 112], out X64Registers registers));
        Assert.Equal(["3=11", "6=16", "7=17", "12=112", "16=18"], Enumerable.Range(0, X64Registers.Columns)
            .Where(column => registers.TryGet(column, out _)).Select(column => registers.TryGet(column, out ulong value) ? $"{column}={value}" : ""));
        Assert.True(X64Registers.TryFromPerf(0xff0fff, [.. Enumerable.Range(0, 20).Select(i => (ulong)i)], out registers));
        ulong[] all = [.. Enumerable.Range(0, 17).Select(column => registers.TryGet(column, out ulong value) ? value : 99)];
        Assert.Equal([0, 3, 2, 1, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 8], all);
        Assert.False(X64Registers.TryFromPerf(1 << 7, [1], out _)); // without an instruction pointer
        Assert.False(X64Registers.TryFromPerf(Mask, [11, 16, 17], out _)); // fewer values than bits
        Assert.False(X64Registers.TryFromPerf(0, [], out _));
    }
}
