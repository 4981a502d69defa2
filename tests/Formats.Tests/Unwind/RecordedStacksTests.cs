using System.Globalization;
using System.Text;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Formats.Tests.Unwind;

/// <summary>
/// Stacks that perf recorded, of <c>stacks.c</c> and of python3, against what perf's own unwinder made of them: nothing of this
/// machine is needed.
/// </summary>
public class RecordedStacksTests
{
    private const string SignalReturn = "104d:";

    [Fact]
    public void Stacks_that_are_hard_to_unwind_are_those_that_perf_finds()
    {
        List<string[]> expected = Expected("stacks");
        List<(string[] Frames, UnwindEnd End)> unwound = Unwind("stacks");
        Assert.Equal(expected.Count, unwound.Count);
        foreach ((string[] line, (string[] ours, UnwindEnd end)) in expected.Zip(unwound))
        {
            string[] theirs = line;
            // What a handler on a stack of its own interrupted is known, but its stack was not copied: perf then reads zeroes.
            bool isOther = theirs[^1].StartsWith("ffffffffffffffff", StringComparison.Ordinal);
            if (isOther)
                theirs = theirs[..^1];
            // perf gives the caller of code without unwind information twice; the program's deep() became a loop, and is there once.
            int repeated = theirs.IndexOf("1149:deep");
            if (repeated > 0 && theirs[repeated - 1].EndsWith(":undescribed", StringComparison.Ordinal))
                theirs = [.. theirs[..repeated], .. theirs[(repeated + 1)..]];
            // What a signal interrupted did not call, and perf gives its own address.
            Assert.Equal(theirs.Select((frame, i) => i > 0 && theirs[i - 1].StartsWith(SignalReturn, StringComparison.Ordinal) ? Less(frame) : Offset(frame)), ours);
            Assert.Equal(isOther ? UnwindStop.BadRead : UnwindStop.ReachedOutermost, end.Stop);
            Assert.Equal(Array.Exists(line, frame => frame.EndsWith(":undescribed", StringComparison.Ordinal)), end.FramePointerUsed);
        }

        // Each kind of stack is there.
        string all = string.Join('\n', expected.Select(line => string.Join(' ', line)));
        foreach (string kind in new[] { ":realigned", SignalReturn, "ffffffffffffffff", ":undescribed" })
            Assert.Contains(kind, all, StringComparison.Ordinal);
    }

    [Fact]
    public void Stacks_of_a_stock_interpreter_are_those_that_perf_finds()
    {
        List<string[]> expected = Expected("python");
        List<(string[] Frames, UnwindEnd End)> unwound = Unwind("python");
        Assert.Equal(expected.Count, unwound.Count);
        Assert.True(expected.Count > 150 && expected.Max(line => line.Length) > 60);
        foreach ((string[] line, (string[] ours, UnwindEnd end)) in expected.Zip(unwound))
        {
            Assert.Equal(line.Select(Offset), ours);
            Assert.Equal(new UnwindEnd(UnwindStop.ReachedOutermost, false), end);
        }
    }

    [Fact]
    public void A_cache_with_room_for_few_rows_changes_nothing()
    {
        List<(string[] Frames, UnwindEnd End)> many = Unwind("python"), few = Unwind("python", rows: 4);
        Assert.Equal(many.Select(hit => hit.Frames), few.Select(hit => hit.Frames));
    }

    private static List<string[]> Expected(string name) =>
        [.. Encoding.UTF8.GetString(RecordedStacks.Read($"{name}.expected.gz")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];

    /// <summary>As perf gives them: offsets in the file, and of callers the call.</summary>
    private static List<(string[], UnwindEnd)> Unwind(string name, int rows = 1 << 12)
    {
        var stacks = new RecordedStacks(name);
        var unwinder = new Unwinder<X64Registers>(rows);
        List<(string[], UnwindEnd)> unwound = [];
        ulong[] frames = new ulong[128];
        for (int stack = 0; stack < stacks.Stacks.Count; stack++)
        {
            int count = stacks.Unwind(unwinder, stack, frames, out UnwindEnd end);
            unwound.Add(([.. frames[..count].Select((frame, i) => Hex(stacks.OffsetOf(i == 0 ? frame : frame - 1)))], end));
        }

        return unwound;
    }

    private static string Offset(string frame) => frame[..frame.IndexOf(':', StringComparison.Ordinal)];

    private static string Less(string frame) => Hex(ulong.Parse(Offset(frame), NumberStyles.HexNumber, CultureInfo.InvariantCulture) - 1);

    private static string Hex(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);
}
