using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Unwind;

namespace Diagnose.Capture.Tests.Recording;

/// <summary>Stacks of this machine's own programs, recorded now, against perf's unwinder on the same file.</summary>
public sealed class StackUnwinderTests
{
    private const string Clock = "-e cpu-clock:u -F 999", Faults = "-e page-faults:u -c 3", Calls = "-e raw_syscalls:sys_enter -c 5";

    [Theory]
    [InlineData("/usr/bin/sort", "-n {numbers} -o /dev/null", Clock)]
    [InlineData("/usr/bin/sort", "-n {numbers} -o /dev/null", Calls)]
    [InlineData("/usr/bin/git", "diff --no-index --stat /usr/include /usr/lib/gcc", Faults)]
    [InlineData("/usr/bin/git", "diff --no-index --stat {numbers} {others}", Clock)]
    [InlineData("/usr/bin/perl", "-e \"my %h; for my $i (1..200000) { $h{$i % 1000} .= sprintf(q(%d), $i); } print sort { $a cmp $b } keys %h\"", Clock)]
    [InlineData("/usr/bin/python3", "-c \"import json; print(len(json.dumps([{str(i): [i] * 3} for i in range(100000)])))\"", Clock)]
    [InlineData("/usr/bin/python3", "-c \"import json, decimal, sqlite3, ssl\"", Faults)]
    [InlineData("/bin/gzip", "-9 -c {numbers}", Clock)]
    [InlineData("/bin/bash", "-c \"for i in {1..50000}; do x=${i/1/2}; done\"", Clock)]
    [InlineData("/bin/bash", "-c \"for i in {1..3000}; do read x < /proc/uptime; done\"", Calls)]
    [InlineData("/usr/bin/python3", "-c \"f = lambda n: max([n, f(n - 1)]) if n else len([i for i in range(3000)]); [f(40) for i in range(1000)]\"", Clock)]
    [InlineData("/usr/bin/perf", "--version", Faults)]
    public void Frames_are_those_of_perf(string program, string arguments, string events)
    {
        if (!File.Exists(program))
            Assert.Skip($"there is no {program}");
        using var perf = new PerfStacks();
        string numbers = Path.Combine(perf.Folder, "numbers"), others = Path.Combine(perf.Folder, "others");
        File.WriteAllLines(numbers, Enumerable.Range(0, 200_000).Select(i => $"{i * 7919L % 200_003}"));
        File.WriteAllLines(others, Enumerable.Range(0, 200_000).Select(i => $"{(i % 100 == 0 ? -i : i * 7919L % 200_003)}"));
        arguments = arguments.Replace("{numbers}", numbers, StringComparison.Ordinal).Replace("{others}", others, StringComparison.Ordinal);
        perf.Record($"{program} {arguments}", events: events);
        Compare(perf);
    }

    [Fact]
    public void Frames_of_handlers_of_threads_of_exceptions_and_of_realigned_stacks_are_those_of_perf()
    {
        using var perf = new PerfStacks();
        string source = Path.Combine(AppContext.BaseDirectory, "Recording", "stacks.cpp"), program = Path.Combine(perf.Folder, "stacks");
        try
        {
            (int code, _, string errors) = PerfStacks.Run("g++", $"-O2 -pthread -o {program} {source}");
            Assert.True(code == 0, errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("g++ is not installed");
        }

        perf.Record(program, events: "-e cpu-clock:u -F 4999", atLeast: 100);
        List<(PerfStack Stack, UnwindEnd End)> unwound = Compare(perf, hasSignals: true);
        // A handler that burns time under what burns time: the handler, the kernel's return, and the interrupted function.
        Assert.Contains(unwound, hit => hit.Stack.Frames.Length > 12 && hit.End.Stop == UnwindStop.ReachedOutermost);
    }

    [Fact]
    public void Information_that_was_dropped_loads_again()
    {
        using var perf = new PerfStacks();
        perf.Record("/bin/bash -c \"for i in {1..20000}; do x=${i/1/2}; done\"");
        List<ModuleFile> files = [];
        ModuleFile? Open(string path)
        {
            ModuleFile? file = PerfStacks.Open(path);
            if (file is not null)
                files.Add(file);
            return file;
        }

        long most = 0;
        List<(PerfStack, UnwindEnd)> all = perf.Unwound(out _), few = perf.Unwound(out _, Open, keepBytes: 1,
            afterEach: () => most = Math.Max(most, files.Count(file => file.UnwindBytes > 0)));
        Assert.Equal(all.Select(Text), few.Select(Text));
        Assert.True(files.Count > 2, $"{files.Count} files");
        // The one that is read, and one that was just opened.
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public void Symbols_and_unwind_information_drop_each_other_and_both_load_again()
    {
        using ModuleFile file = PerfStacks.Open("/bin/bash")!;
        UnwindTable table = file.UnwindTable!;
        byte[] before = file.LoadUnwind().ToArray();
        Assert.True(file.UnwindBytes > 0);
        Assert.True(file.TryFindSymbol(0x40000, out _, out _, out _, out _));
        file.DropSymbols();
        Assert.Equal((0, 0), (file.SymbolBytes, file.UnwindBytes));
        Assert.True(file.TryFindSymbol(0x40000, out _, out _, out _, out _));
        foreach (FileRange range in RangesOf("/bin/bash"))
            Assert.Equal(before.AsSpan((int)range.Offset, (int)range.Size), file.LoadUnwind().Slice((int)range.Offset, (int)range.Size));
        file.DropUnwind();
        Assert.Equal((0, 0), (file.SymbolBytes, file.UnwindBytes));
        Assert.Same(table, file.UnwindTable);
        Assert.False(file.LoadUnwind().IsEmpty);
    }

    [Fact]
    public void A_file_that_was_closed_is_passed_by_frame_pointers_or_not_at_all_and_that_is_told()
    {
        using var perf = new PerfStacks();
        perf.Record("/bin/bash -c \"for i in {1..20000}; do x=${i/1/2}; done\"");
        List<(PerfStack Stack, UnwindEnd End)> unwound = perf.Unwound(out StackUnwinder unwinder, _ => null);
        Assert.NotEmpty(unwound);
        Assert.Equal(0, unwinder.RowsMade);
        Assert.All(unwound, hit => Assert.True(hit.Stack.Frames.Length == 1 ? hit.End.Stop != UnwindStop.ReachedOutermost : hit.End.FramePointerUsed));
    }

    [Fact]
    public void Interrupted_frames_are_marked_and_a_mark_takes_no_other_frames_place()
    {
        ulong[] frames = [1, 2, 3, 4, 0, 0];
        Assert.Equal(6, StackUnwinder.Mark(frames, 4, [1, 3]));
        Assert.Equal([1, CallchainContext.Interrupted, 2, 3, CallchainContext.Interrupted, 4], frames);
        // Where there is no room the outermost frames go.
        frames = [1, 2, 3, 4];
        Assert.Equal(4, StackUnwinder.Mark(frames, 4, [1]));
        Assert.Equal([1, CallchainContext.Interrupted, 2, 3], frames);
        frames = [1, 2, 3, 4];
        Assert.Equal(3, StackUnwinder.Mark(frames, 4, [3]));
    }

    private static List<(PerfStack Stack, UnwindEnd End)> Compare(PerfStacks perf, bool hasSignals = false)
    {
        List<PerfStack> expected = perf.Expected();
        List<(PerfStack Stack, UnwindEnd End)> unwound = perf.Unwound(out StackUnwinder unwinder);
        Assert.Equal(expected.Select(stack => (stack.Tid, stack.Time)), unwound.Select(hit => (hit.Stack.Tid, hit.Stack.Time)));
        for (int i = 0; i < expected.Count; i++)
        {
            string[] theirs = expected[i].Frames, ours = unwound[i].Stack.Frames;
            // Where the kernel could copy nothing there is the address alone, which perf leaves out.
            if (theirs.Length == 0 && ours.Length == 1)
                continue;
            // In .init, in .fini and in what no file maps perf guesses or gives up, where a call can be taken back.
            int common = theirs.AsSpan().CommonPrefixLength(ours);
            if (common > 0 && common < ours.Length && PerfStacks.IsWithoutRows(ours[common - 1]) && unwound[i].End.Stop == UnwindStop.ReachedOutermost)
                continue;
            // Through code without rows, as in .fini, both go by frame pointers; perf takes other registers along that are not the caller's.
            if (unwound[i].End.FramePointerUsed)
                continue;
            if (hasSignals)
                theirs = [.. theirs.Select((frame, at) => at < ours.Length && IsNext(ours[at], frame) ? ours[at] : frame)];
            Assert.Equal($"{i}: {string.Join('\n', theirs)}", $"{i}: {string.Join('\n', ours)}");
        }

        Assert.InRange(unwound.Count(hit => hit.End.FramePointerUsed), 0, Math.Max(3, expected.Count / 20));
        int whole = unwound.Count(hit => hit.End.Stop == UnwindStop.ReachedOutermost);
        TestContext.Current.TestOutputHelper?.WriteLine($"{expected.Count} stacks, {unwound.Sum(hit => hit.Stack.Frames.Length)} frames, "
            + $"{unwinder.RowsMade} rows; {whole} whole, {unwound.Count(hit => hit.End.FramePointerUsed)} with frame pointers; "
            + string.Join(", ", unwound.GroupBy(hit => hit.End.Stop).Select(ends => $"{ends.Key} {ends.Count()}")));
        return unwound;
    }

    /// <summary>perf gives an interrupted frame its own address, and this test that of a call before it.</summary>
    private static bool IsNext(string ours, string theirs)
    {
        string[] our = ours.Split(' ', 2), their = theirs.Split(' ', 2);
        return our[1] == their[1] && Convert.ToUInt64(our[0], 16) + 1 == Convert.ToUInt64(their[0], 16);
    }

    private static string Text((PerfStack Stack, UnwindEnd End) hit) => $"{hit.End}: {string.Join(' ', hit.Stack.Frames)}";

    private static List<FileRange> RangesOf(string path)
    {
        Assert.True(Diagnose.Formats.Elf.ElfImage.TryParse(File.ReadAllBytes(path), out Diagnose.Formats.Elf.ElfImage elf, out _));
        return UnwindTable.RangesOf(elf);
    }
}
