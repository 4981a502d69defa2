using System.Text;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Tests.Report;

namespace Diagnose.Formats.Tests.PerfScript;

public class PerfScriptReaderTests
{
    private const string Header = "dd  1234 [005] 12.000000:         7 cycles: \n";
    private const string Frame = "\tffffffff81000000 f+0x10 ([kernel.kallsyms])\n";
    private const string Hit = Header + Frame + "\n";

    private static (int Frames, string Event)[] Read(string text, out PerfScriptReader reader) =>
        [.. ReadText.Hits(text, out reader).Select(hit => (hit.Frames.Length, hit.Event))];

    [Theory]
    [InlineData(Hit + Hit)]
    [InlineData("\n\n" + Hit + "\n\n\n" + Header + Frame)]
    [InlineData(Hit + Header + "\tffffffff81000000 f+0x10 ([kernel.kallsyms])")]
    [InlineData(Header + Frame + Header + Frame)]
    [InlineData("# ========\n# captured on    : today\n#\n" + Hit + "# more\n" + Hit)]
    public void Hits_end_at_a_blank_line_the_next_hit_or_the_end(string text)
    {
        foreach (string lineEnd in (string[])["\n", "\r\n"])
        {
            Assert.Equal([(1, "cycles"), (1, "cycles")], Read(text.Replace("\n", lineEnd, StringComparison.Ordinal), out PerfScriptReader reader));
            Assert.Equal("", ReadText.Skipped(reader));
        }
    }

    [Theory]
    [InlineData("       perf-exec 26147 [000] 23800.647193:     250000          cpu-clock:  ffffffff821c9cef mas_walk+0x3f ([kernel.kallsyms])", "mas_walk")]
    [InlineData("              sh 26147 [000] 23800.647945:     250000          cpu-clock:      7f7680f43a6c [unknown] (/usr/lib/ld.so)", "")]
    [InlineData("              sh 26147 23800.647945:  ffffffff821c9cef mas_walk+0x3f ([kernel.kallsyms])", "mas_walk")]
    [InlineData("              sh 26147 23800.647945:     250000 cycles:u:   jmp                     7f0000001000 ffffffff821c9cef mas_walk ([kernel.kallsyms])", "mas_walk")]
    public void A_hit_without_a_callchain_has_its_frame_in_its_line(string line, string name)
    {
        ReadHit hit = Assert.Single(ReadText.Hits(line + "\n", out _));
        Assert.Equal(name, Assert.Single(hit.Frames).Name);
        Assert.Equal(26147, hit.Tid);
    }

    [Theory]
    [InlineData("perf 1184 [000] 24842.975971: sched:sched_switch: prev_comm=perf prev_pid=1184 ==> next_comm=migration/0")]
    [InlineData("perf 1184 [000] 24842.975971: kmem:kmalloc: call_site ffffffff821c9cef f (GFP_KERNEL)")]
    [InlineData("perf 1184 [000] 24842.975971: x:y: add (b)")]
    public void A_tracepoints_own_text_is_no_frame(string line)
    {
        Assert.Empty(Assert.Single(ReadText.Hits(line + "\n" + line + "\n" + Hit, out PerfScriptReader reader)[..1]).Frames);
        Assert.Equal(0, reader.Skipped.Count);
    }

    [Fact]
    public void Lines_between_frames_are_counted_and_the_frames_are_one_hits()
    {
        string srcline = Header + Frame + "  f.c:12\n" + Frame + "  :0 (inlined)\n|12   return;\n ABI:2    AX:0x0\n\n";
        Assert.Equal([(2, "cycles"), (1, "cycles")], Read(srcline + Hit, out PerfScriptReader reader));
        SkippedPlace place = Assert.Single(reader.Skipped.Places);
        Assert.Equal((SkipReason.ExtraLine, 4, 3, false), (place.Reason, (int)place.Count, (int)place.Line, place.IsDamage));
        Assert.False(reader.Skipped.IsDamage);
    }

    [Fact]
    public void A_tracepoints_text_of_several_lines_is_before_its_frames()
    {
        string print = "sh  1 [005] 12.000000: ftrace:print: f: hello\nworld\n\n" + Frame + "\n";
        Assert.Equal([(1, "ftrace:print"), (1, "cycles")], Read(print + Hit, out PerfScriptReader reader));
        Assert.Equal(SkipReason.ExtraLine, Assert.Single(reader.Skipped.Places).Reason);
    }

    [Fact]
    public void A_damaged_first_line_ends_the_hit_before_and_takes_no_other_hits_frames()
    {
        Assert.Equal([(1, "cycles"), (1, "cycles")], Read(Header + Frame + "garbage\n" + Frame + "\n" + Hit, out PerfScriptReader reader));
        Assert.Equal([SkipReason.NotUnderstood, SkipReason.FramesOutside], reader.Skipped.Places.Select(place => place.Reason));
        Assert.True(reader.Skipped.IsDamage);
        Assert.Equal("line 3, offset 90: neither a hit nor a frame", reader.Skipped.Places.First().ToString());
    }

    [Fact]
    public void A_broken_frame_is_told_with_its_place()
    {
        Assert.Equal([(2, "cycles")], Read(Header + Frame + "  f.c:1\n\t(x\n\tffffffff81000000 f+0x10 ([kern\n" + Frame + "\n", out PerfScriptReader reader)
            .Select(hit => (hit.Frames - 1, hit.Event)));
        SkippedPlace broken = reader.Skipped.Places.Single(place => place.Reason == SkipReason.BrokenFrame);
        Assert.Equal((1, 5, Header.Length + Frame.Length + 8 + 4), ((int)broken.Count, (int)broken.Line, (int)broken.Offset));
    }

    [Fact]
    public void Other_records_are_counted_and_losses_kept()
    {
        string text = "swapper     0 [000]     0.000000: PERF_RECORD_MMAP -1/0: [0xffffffff81000000(0x120bb08) @ 0]: x [kernel.kallsyms]_text\n"
            + Header + Frame
            + "sh 7 [003]     1.000000: PERF_RECORD_LOST lost 12\n"
            + "sh 7 [001]     2.000000: PERF_RECORD_LOST_SAMPLES lost 3\n"
            + "sh 7 [001]     3.000000: PERF_RECORD_THROTTLE\n"
            + "PERF_RECORD_LOST lost 4\n"
            + "sh 7 [001]     4.000000: PERF_RECORD_NAMESPACES 7/7 - nr_namespaces: 2\n\t\t[0/net: 3/0xf0000000, 1/uts: 3/0xeffffffe]\n"
            + "sh 7 [001]     4.000000: PERF_RECORD_LOST\n" + Hit;
        Assert.Equal([(1, "cycles"), (1, "cycles")], Read(text, out PerfScriptReader reader));
        Assert.Equal([new(1_000_000_000, 3, 12), new(2_000_000_000, 1, 3), new(3_000_000_000, 1, 0), new(0, 0, 4)], reader.Losses);
        Assert.Equal(7, reader.Records);
        Assert.Equal(0, reader.Skipped.Count);
        reader.ClearLosses();
        Assert.Empty(reader.Losses);
    }

    [Fact]
    public void Many_losses_take_no_more_memory_than_some_and_none_is_forgotten()
    {
        string text = string.Concat(Enumerable.Repeat("sh 7 [003]     1.000000: PERF_RECORD_LOST lost 2\n", 10_000));
        Assert.Empty(Read(text, out PerfScriptReader reader));
        Assert.InRange(reader.Losses.Count, 1, 4096);
        Assert.Equal(20_000, reader.Losses.Sum(loss => (long)loss.Count));
    }

    [Fact]
    public void A_hit_of_nothing_but_a_name_needs_frames()
    {
        ReadHit hit = Assert.Single(ReadText.Hits("my prog \n\t            999a main\n\t               0 [unknown]\n\nnoframe \n\nmuch more than a name \n", out PerfScriptReader reader));
        Assert.Equal(("my prog", 2, -1), (hit.Comm, hit.Frames.Length, hit.Tid));
        Assert.Equal(2, reader.Skipped.CountOf(SkipReason.NotUnderstood));
    }

    [Fact]
    public void What_the_header_says_is_kept()
    {
        Read("# ========\n# captured on    : Mon Nov 23 03:38:31 2026\n# hostname : vm\n# os release : 6.18.44\n# perf version : 6.1.192\n# arch : x86_64\n"
            + "# nrcpus online : 2\n# cmdline : /usr/bin/perf record -g \n# hostname : other\n# ========\n#\n" + Hit, out PerfScriptReader reader);
        PerfScriptFacts facts = reader.Facts;
        Assert.Equal(("vm", "6.18.44", "6.1.192", "x86_64", "2", "/usr/bin/perf record -g"),
            (facts.Host, facts.Kernel, facts.Version, facts.Machine, facts.Cpus, facts.Command));
    }

    [Theory]
    [InlineData(Hit, true)]
    [InlineData("# comment\n\n" + Header, true)]
    [InlineData("# ========\n# captured on    : Mon Nov 23 03:38:31 2026\n# header version : 1\n", true)]
    [InlineData("swapper     0 [000]     0.000000: PERF_RECORD_FORK(1:1):(0:0)\n", true)]
    [InlineData("dd  1234    1001001 cpu-clock: \n\t            999a main (/usr/bin/a)\n", true)]
    [InlineData("            perf  1184 [000] 24842.975971: sched:sched_switch: prev_comm=perf", true)]
    [InlineData("", false)]
    [InlineData("# comment\n# more\n", false)]
    [InlineData("dd  1234    1001001 cpu-clock: \nand no frame\n", false)]
    [InlineData("a;b;c 12\n", false)]
    [InlineData("perf 1184 [000] 24842.975971: cycles: \0\n", false)]
    [InlineData("PERFILE2h\0\0\0", false)]
    public void A_text_is_known_by_its_first_lines(string start, bool expected) =>
        Assert.Equal(expected, PerfScriptReader.LooksLikePerfScript(Encoding.UTF8.GetBytes(start)));

    [Fact]
    public void The_documented_report_is_not_taken_for_perfs_text() =>
        Assert.False(PerfScriptReader.LooksLikePerfScript(Encoding.UTF8.GetBytes(DocumentedPage.Hit)));

    [Theory]
    [InlineData(4000, 64 << 10, 300_000)]
    [InlineData(1 << 20, 8191, 7)]
    public void A_line_or_a_hit_that_is_too_long_costs_itself_and_bounded_memory(int before, int piece, int rest)
    {
        // The next hit begins near the bound, so that a bound that depended on the pieces would show.
        string line = new('x', PerfScriptReader.MaxLineLength + 1 + rest);
        string frames = string.Concat(Enumerable.Repeat(Frame, PerfScriptReader.MaxHitLength / Frame.Length + 2));
        string text = new string('\n', before) + Hit + line + "\n" + Frame + "\n" + Header + frames + "\n" + Hit;
        var whole = ReadText.Hits(text, out PerfScriptReader reader);
        Assert.Equal(2, whole.Count);
        Assert.Equal([SkipReason.LineTooLong, SkipReason.FramesOutside, SkipReason.HitTooLong], reader.Skipped.Places.Select(place => place.Reason));
        Assert.Equal(reader.Skipped.Places.First().Line + 3, reader.Skipped.Places.Last().Line);
        Assert.Equal(2, reader.Skipped.HitsLeftOut);
        Assert.Equal(whole, ReadText.Hits(new PieceStream(Encoding.Latin1.GetBytes(text), piece, 1, 77), out PerfScriptReader pieces));
        Assert.Equal(ReadText.Skipped(reader), ReadText.Skipped(pieces));
    }

    [Fact]
    public void A_hit_that_moves_in_the_buffer_between_its_frames_and_its_end_stays_whole()
    {
        // The reader asks for 256 KiB and moves what it keeps once less than that is free.
        const int first = 256 << 10;
        byte[] text = Encoding.Latin1.GetBytes(new string('\n', first) + Hit + Hit);
        List<ReadHit> hits = ReadText.Hits(new PieceStream(text, first, Header.Length + Frame.Length, 4096), out PerfScriptReader reader);
        Assert.Equal(ReadText.Hits(Hit + Hit, out _), hits);
        Assert.Equal(0, reader.Skipped.Count);
    }

    [Fact]
    public void Neither_blank_lines_nor_others_under_a_hit_take_memory_without_end()
    {
        foreach (string filler in (string[])["\n", "# comment\n", "more text\n"])
        {
            string text = "sh 7 [003]     1.000000: a:b: c\n" + string.Concat(Enumerable.Repeat(filler, 40 << 20 / filler.Length / 8)) + Hit;
            using var stream = new MemoryStream(Encoding.Latin1.GetBytes(text));
            long before = GC.GetAllocatedBytesForCurrentThread();
            var reader = new PerfScriptReader(stream);
            int hits = 0;
            while (reader.TryRead(out _))
                hits++;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40 << 20);
            Assert.InRange(hits, 1, 2);
        }
    }
}
