using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>Every DW_CFA instruction, by the row that it makes.</summary>
public class FrameProgramTests
{
    private const ulong Start = 0x1000;
    private static readonly int[] Shown = [3, 6, 12, 16];

    [Theory]
    [InlineData("", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("00 00", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // nop
    [InlineData("0c 06 10", 0, "rbp+16 rbx=u rbp=u r12=u ra=c-8")] // def_cfa
    [InlineData("12 06 7e", 0, "rbp+16 rbx=u rbp=u r12=u ra=c-8")] // def_cfa_sf, factored by -8
    [InlineData("0d 06", 0, "rbp+8 rbx=u rbp=u r12=u ra=c-8")] // def_cfa_register
    [InlineData("0e 80 01", 0, "rsp+128 rbx=u rbp=u r12=u ra=c-8")] // def_cfa_offset
    [InlineData("13 7c", 0, "rsp+32 rbx=u rbp=u r12=u ra=c-8")] // def_cfa_offset_sf
    [InlineData("0f 02 77 08", 0, "exp rbx=u rbp=u r12=u ra=c-8")] // def_cfa_expression
    [InlineData("86 02", 0, "rsp+8 rbx=u rbp=c-16 r12=u ra=c-8")] // offset
    [InlineData("05 0c 03", 0, "rsp+8 rbx=u rbp=u r12=c-24 ra=c-8")] // offset_extended
    [InlineData("11 03 7e", 0, "rsp+8 rbx=c+16 rbp=u r12=u ra=c-8")] // offset_extended_sf
    [InlineData("2f 03 02", 0, "rsp+8 rbx=c+16 rbp=u r12=u ra=c-8")] // GNU_negative_offset_extended
    [InlineData("14 03 02", 0, "rsp+8 rbx=v-16 rbp=u r12=u ra=c-8")] // val_offset
    [InlineData("15 03 7e", 0, "rsp+8 rbx=v+16 rbp=u r12=u ra=c-8")] // val_offset_sf
    [InlineData("10 03 02 77 08", 0, "rsp+8 rbx=exp rbp=u r12=u ra=c-8")] // expression
    [InlineData("16 03 02 77 08", 0, "rsp+8 rbx=vexp rbp=u r12=u ra=c-8")] // val_expression
    [InlineData("09 03 0c", 0, "rsp+8 rbx=r12 rbp=u r12=u ra=c-8")] // register
    [InlineData("07 10", 0, "rsp+8 rbx=u rbp=u r12=u ra=u")] // undefined
    [InlineData("83 02 08 03", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // same_value
    [InlineData("83 02 c3", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // restore
    [InlineData("07 10 06 10", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // restore_extended, to the common entry's rule
    [InlineData("0a 83 02 0e 20 0b", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // remember_state, restore_state: with the CFA
    [InlineData("83 02 0a 86 03 0a 8c 04 0b 0b", 0, "rsp+8 rbx=c-16 rbp=u r12=u ra=c-8")] // twice
    [InlineData("2e 10 2d", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // GNU_args_size, GNU_window_save
    [InlineData("41 0e 10 42 0e 18", 0, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // advance_loc
    [InlineData("41 0e 10 42 0e 18", 1, "rsp+16 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("41 0e 10 42 0e 18", 2, "rsp+16 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("41 0e 10 42 0e 18", 3, "rsp+24 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("02 20 0e 10", 0x1f, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // advance_loc1
    [InlineData("02 20 0e 10", 0x20, "rsp+16 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("03 00 01 0e 10", 0xff, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // advance_loc2
    [InlineData("03 00 01 0e 10", 0x100, "rsp+16 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("04 00 02 00 00 0e 10", 0x1ff, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // advance_loc4
    [InlineData("04 00 02 00 00 0e 10", 0x200, "rsp+16 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("1d 00 02 00 00 00 00 00 00 0e 10", 0x1ff, "rsp+8 rbx=u rbp=u r12=u ra=c-8")] // MIPS_advance_loc8
    [InlineData("1d 00 02 00 00 00 00 00 00 0e 10", 0x200, "rsp+16 rbx=u rbp=u r12=u ra=c-8")]
    [InlineData("93 02 05 20 02 0e 10", 0, "rsp+16 rbx=u rbp=u r12=u ra=c-8")] // rules of columns that are not kept
    public void An_instruction_makes_its_row(string program, int offset, string row) => Assert.Equal(row, RowAt(program, (ulong)offset));

    [Fact]
    public void A_location_can_be_set()
    {
        // set_loc has a pointer of the entry's own encoding; an absolute one here.
        string program = $"01 {Convert.ToHexString(BitConverter.GetBytes(Start + 0x30))} 0e 10";
        Assert.Equal("rsp+8 rbx=u rbp=u r12=u ra=c-8", RowAt(program, 0x2f, encoding: 0x04));
        Assert.Equal("rsp+16 rbx=u rbp=u r12=u ra=c-8", RowAt(program, 0x30, encoding: 0x04));
    }

    [Theory]
    [InlineData("3f")] // unknown
    [InlineData("0b")] // restore_state without remember_state
    [InlineData("0e")] // cut
    [InlineData("0f 10 77")] // an expression longer than the entry
    [InlineData("0f 00")] // an empty one
    [InlineData("0f 02 77 08 0d 06")] // a register for a CFA that is an expression
    [InlineData("0e 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 01")] // a number without end
    public void A_program_that_makes_no_sense_makes_no_row(string program) => Assert.Null(RowAt(program, 0));

    [Fact]
    public void States_can_be_remembered_to_a_depth()
    {
        Assert.NotNull(RowAt(string.Concat(Enumerable.Repeat("0a ", 16)), 0));
        Assert.Null(RowAt(string.Concat(Enumerable.Repeat("0a ", 17)), 0));
    }

    [Fact]
    public void A_program_without_end_is_left()
    {
        Assert.NotNull(RowAt(string.Concat(Enumerable.Repeat("00", 60_000)), 0));
        Assert.Null(RowAt(string.Concat(Enumerable.Repeat("00", 70_000)), 0));
    }

    [Fact]
    public void Without_a_CFA_there_is_no_row() => Assert.Null(RowAt("90 01", 0, first: "00"));

    [Fact]
    public void Usual_rules_fit_a_compact_row_and_others_do_not()
    {
        Assert.Equal(RowKind.Simple, Compact("0c 06 10 86 02 83 03 8c 04 8d 05 8e 06 8f 07").Kind);
        Assert.Equal(RowKind.Simple, Compact("0e f0 ff 03").Kind);
        Assert.Equal(RowKind.Simple, Compact("05 03 7f").Kind); // 127 words
        Assert.Equal(RowKind.Program, Compact("05 03 80 01").Kind); // 128 words
        Assert.Equal(RowKind.Program, Compact("80 02").Kind); // rax
        Assert.Equal(RowKind.Program, Compact("0f 02 77 08").Kind);
        Assert.Equal(RowKind.Program, Compact("09 03 0c").Kind);
        Assert.Equal(RowKind.Program, Compact("0e ff ff ff ff 0f").Kind);
        Assert.Equal(RowKind.Outermost, Compact("07 10").Kind);
        Assert.Equal(RowKind.None, Compact("3f").Kind);
    }

    private static string? RowAt(string program, ulong offset, byte encoding = FrameBytes.Usual, string? first = null)
    {
        var frames = new FrameBytes();
        int common = frames.Common(first is null ? FrameBytes.AtCall : Bytes(first), augmentation: [encoding]);
        int at = frames.Frame(common, Start, 0x1000, Bytes(program));
        CommonEntry commonEntry = default;
        Assert.True(FrameEntry.TryRead(frames.Bytes, frames.Section, at, ref commonEntry, out FrameEntry entry));
        Assert.Equal((Start, 0x1000UL), (entry.Start, entry.Length));
        var interpreter = new FrameProgram(X64Registers.Columns);
        return interpreter.TryRun(frames.Bytes, frames.Section, commonEntry, entry, Start + offset) ? RowText.Of(interpreter, Shown) : null;
    }

    private static CompactRow Compact(string program)
    {
        var elf = new UnwindElf();
        int common = elf.EhFrame.Common(FrameBytes.AtCall);
        elf.EhFrame.Frame(common, Start, 0x1000, Bytes(program));
        return elf.Table(out byte[] file).RowOf<X64Registers>(new FrameProgram(X64Registers.Columns), file, Start);
    }

    internal static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
