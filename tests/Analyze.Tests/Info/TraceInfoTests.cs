using System.Text.RegularExpressions;
using Diagnose.Analyze.Info;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Info;

public class TraceInfoTests
{
    private const ulong Second = 1_000_000_000;

    /// <summary>A segment of 3 hits: two of a thread that every segment has, one of a thread of its own.</summary>
    private static byte[] Segment(uint number, string host = "h", ulong dropped = 0) => SyntheticTrace.Write(writer =>
    {
        DefinitionWriter d = writer.Definitions;
        d.Meta("tool", "t");
        d.Meta("host", host);
        d.Meta("notice", "short of memory");
        d.Clock(new ClockRow(0, 1_700_000_000 * Second));
        int probe = d.Event(new EventRow(d.String("kprobe:x"), EventKind.Kprobe, 1));
        int libc = d.Module(new ModuleRow(ModuleKind.File, d.String("/lib/libc.so"), d.String([0xab, 0xcd]), 0, 0, 0));
        int frame = d.Frame(new FrameRow(libc, 7, FrameFlags.None));
        if (number == 1)
            d.FrameSymbol(frame, d.Symbol(new SymbolRow(libc, 7, 1, d.String("f"), SymbolSource.SymTab)));
        int stack = d.Stack(new StackRow(0, d.Node(new NodeRow(0, frame)), StackFlags.UserTruncated));
        int same = d.Context(new ContextRow(10, d.String("x"), d.Process(new ProcessRow(10, d.String("x"), 0, 0)), d.Cgroup(new CgroupRow(1, d.String("/c"))), 0));
        // Another path first, so that ids of one segment name other things in the next.
        int other = d.Context(new ContextRow(100 + number, d.String("y"), d.Process(new ProcessRow(100 + number, d.String("y"), 0, 0)), d.Cgroup(new CgroupRow(1, d.String($"/own{number}"))), 0));
        writer.AddHit(number * 10 * Second, 0, probe, same, stack);
        writer.AddHit(number * 10 * Second + 1, 1, probe, same, stack);
        writer.AddHit(number * 10 * Second + Second, (int)number, probe, other, stack);
        if (dropped > 0)
            d.Loss(new LossRow(0, 0, probe, LossReason.SpoolFull, dropped));
    });

    private static string Text(params byte[][] parts)
    {
        byte[] file = [.. parts.SelectMany(p => p)];
        var info = new TraceInfo();
        var segments = new TraceSegments(new FileInMemory(file));
        while (segments.TryNext(out TraceReader? segment))
            info.Add(segment);
        return new InfoText("f", file.Length, info).Write();
    }

    private static string Line(string text, string label) =>
        Regex.Match(text, $"^{label} +(.*)$", RegexOptions.Multiline) is { Success: true } line ? line.Groups[1].Value : "";

    [Fact]
    public void What_is_the_same_in_several_segments_counts_once()
    {
        string text = Text(Segment(1), Segment(2), Segment(3));
        Assert.Equal("3", Line(text, "segments"));
        Assert.Equal("h (unknown), CPUs unknown", Line(text, "host"));
        Assert.Equal("kprobe:x, period 1", Line(text, "probe"));
        Assert.Equal("9", Line(text, "hits"));
        Assert.Equal("4 in 4 processes and 4 cgroups, on 4 CPUs", Line(text, "threads"));
        Assert.Equal("3 distinct, 3 distinct frames, those of each of 3 segments added up, 3 stacks cut at the kernel's depth limit", Line(text, "stacks"));
        Assert.Equal("2023-11-14 22:13:30.000000Z to 2023-11-14 22:13:51.000000Z, 3.000 s", Line(text, "span"));
        Assert.Single(Regex.Matches(text, "short of memory"));
        Assert.Matches(@"\n           1        2  abcd +/lib/libc.so\n", text);
        Assert.Single(Regex.Matches(text, "libc.so"));
        Assert.Equal("none", Line(text, "damage"));
    }

    [Fact]
    public void One_segment_is_not_called_one()
    {
        string text = Text(Segment(1));
        Assert.Equal("", Line(text, "segments"));
        Assert.Equal("1 distinct, 1 distinct frames, 1 stacks cut at the kernel's depth limit", Line(text, "stacks"));
        Assert.Equal("0 while recording", Line(text, "lost"));
    }

    [Fact]
    public void What_differs_is_said_once_each()
    {
        string text = Text(Segment(1, "a"), Segment(2, "b"), Segment(3, "a"));
        Assert.Equal("a (unknown), CPUs unknown; b (unknown), CPUs unknown", Line(text, "host"));
    }

    [Fact]
    public void Hits_dropped_by_a_full_spool_are_not_called_lost() =>
        Assert.Equal("0 while recording, 12 dropped: the spool was full", Line(Text(Segment(1, dropped: 5), Segment(2, dropped: 7)), "lost"));

    [Fact]
    public void Hits_of_damaged_parts_are_added_up_and_a_cut_segment_hides_no_other()
    {
        byte[] first = Segment(1), damaged = [.. Segment(2)], cut = Segment(3)[..FileHeader.Size];
        damaged[(int)SyntheticTrace.Open(damaged).HitBlocks[0].Offset + BlockHeader.Size] ^= 1;
        string text = Text(first, damaged, cut, damaged, first);
        Assert.Equal("5", Line(text, "segments"));
        Assert.Equal("6 of 12 that were written", Line(text, "hits"));
        Assert.Equal("0 while recording, 6 in damaged parts of the file", Line(text, "lost"));
        Assert.Equal("h (unknown), CPUs unknown", Line(text, "host"));
        Assert.Equal(2, Regex.Count(text, "^damage .* 3 hits", RegexOptions.Multiline));
    }
}
