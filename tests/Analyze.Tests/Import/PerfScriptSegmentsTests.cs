using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Import;
using Diagnose.Analyze.Info;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Report;
using Diagnose.Formats.Tests;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Import;

public class PerfScriptSegmentsTests
{
    public static TheoryData<string> Names => ["tracepoint", "ids", "short", "records", "flat", "inlined", "srcline"];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_folded_stacks_are_those_that_awk_makes_of_the_text(string name)
    {
        using var segments = new PerfScriptSegments(new MemoryStream(Fixture(name, "txt")), new ImportOptions());
        (string folded, string report) = Read(segments);
        Assert.Equal(Encoding.UTF8.GetString(Fixture(name, "folded")), Sorted(folded));
        Assert.Equal(1, segments.Count);
        Assert.Null(segments.Error);
        Assert.False(segments.Lines.IsDamage);

        // The report printed of it has the same graph.
        var fromText = new FlameTree(new NameTable());
        var damage = new ReportDamage();
        new ReportFolder(fromText, damage).Fold(new MemoryStream(Encoding.UTF8.GetBytes(report)));
        Assert.Empty(damage.Places);
        Assert.Equal(folded, Folded(fromText));
    }

    [Fact]
    public void The_report_has_the_recorded_times_ids_and_addresses()
    {
        const string text = """
            my prog 1234/1235 [003] 12345.678901:   250000 cycles:u: 
            	ffffffff81abcdef do_syscall_64+0x5c ([kernel.kallsyms])
            	ffffffffc0001234 nft_do_chain+0x4 ([nf_tables])
            	          401136 main+0x16 (/usr/bin/a b (deleted))
            	    7f1234567890 [unknown] (/tmp/perf-1234.map)
            	               0 [unknown] ([unknown])

            """;
        using var segments = new PerfScriptSegments(new MemoryStream(Encoding.UTF8.GetBytes(text)), new ImportOptions());
        Assert.Equal("""
            KPROBE命中：PID： 1235[my prog]，时间：[12345:678901]
            ##CGROUP:[]  1235      [001]  KPROBE命中，时间：[12345:678901]
                内核态堆栈：
            #@        0xffffffff81abcdef do_syscall_64  ([kernel.kallsyms])
            #@        0xffffffffc0001234 nft_do_chain       [nf_tables]  ([kernel.kallsyms])
                用户态堆栈：
            #~        0x401136 main ([symbol])
            #~        0x7f1234567890 UNKNOWN ([symbol])
            #*        0xffffffffffffff my prog (UNKNOWN)
                进程链信息：
            #^        0xffffffffffffff my prog (UNKNOWN)
            ##

            """.ReplaceLineEndings("\n"), Read(segments).Report);
    }

    [Fact]
    public void Modules_symbols_events_and_contexts_are_what_the_text_tells()
    {
        TraceReader segment = One("""
            # hostname : vm
            # perf version : 6.1.192
            # cmdline : perf record -g
            java 100/101 [001] 5.000000:   1 sched:sched_switch: prev_comm=a
            	ffffffff81abcdef f+0x5c ([kernel.kallsyms])
            	    7f1234567890 Ljit+0x10 (/tmp/perf-100.map)
            	            132c step+0x3c (inlined)
            	            132c run+0x3c (/usr/bin/a)

            java 100/100 [001] 6.000000:   1 cycles: 
            	            132c run+0x3c (/usr/bin/a)

            worker 100/102 [000] 7.000000:   9 cycles: 
            	            1330 run+0x40 (/usr/bin/a)
            	            132c run+0x3c (/usr/bin/a)

            """);
        TraceDefinitions d = segment.Definitions;
        string Name(int id) => Encoding.UTF8.GetString(d.String(id));

        Assert.Equal(
            [(ModuleKind.Kernel, "[kernel.kallsyms]", 0u), (ModuleKind.File, "/usr/bin/a", 0), (ModuleKind.Unknown, "(inlined)", 0), (ModuleKind.Anonymous, "/tmp/perf-100.map", 100)],
            Rows(d, TableId.Modules, d.Module).Select(m => (m.Kind, Name(m.Path), m.Instance)));
        // A symbol starts where it starts, whichever address in it was hit.
        Assert.Equal(
            ["f 0xffffffff81abcd93", "run 0x12f0", "step 0x12f0", "Ljit 0x7f1234567880"],
            Rows(d, TableId.Symbols, d.Symbol).Select(s => string.Create(CultureInfo.InvariantCulture, $"{Name(s.Name)} 0x{s.Start:x}")));
        Assert.Equal(
            [("sched:sched_switch", EventKind.Tracepoint, 1UL), ("cycles", EventKind.Hardware, 1), ("cycles", EventKind.Hardware, 0)],
            Rows(d, TableId.Events, d.Event).Select(e => (Name(e.Name), e.Kind, e.Period)));
        // What its main thread is called is not known before that hits.
        Assert.Equal(
            [(101u, "java", 100u, "java"), (100, "java", 100, "java"), (102, "worker", 100, "java")],
            Rows(d, TableId.Contexts, d.Context).Select(c => (c.Tid, Name(c.Comm), d.Process(c.Process).Pid, Name(d.Process(c.Process).Comm))));
        Assert.Contains(Rows(d, TableId.Frames, d.Frame), f => f.Offset == 0x132c && f.Flags == FrameFlags.ReturnAddress);
        Assert.Contains(Rows(d, TableId.Frames, d.Frame), f => f.Offset == 0x132c && f.Flags == FrameFlags.None);

        var info = new TraceInfo();
        info.Add(segment);
        string said = new InfoText("x", 1, info).Write();
        Assert.Contains("perf 6.1.192, as text", said, StringComparison.Ordinal);
        Assert.Contains("vm (unknown)", said, StringComparison.Ordinal);
        Assert.Contains("command     perf record -g", said, StringComparison.Ordinal);
        Assert.Contains("2.000 s", said, StringComparison.Ordinal);
        Assert.Contains("3 in 1 processes", said, StringComparison.Ordinal);
        Assert.False(new WallClock(d).IsKnown);
    }

    [Fact]
    public void Methods_of_dotnet_read_well_and_keep_what_the_runtime_wrote()
    {
        TraceDefinitions d = One("""
            dotnet 100/100 [001] 5.000000:   1 cycles: 
            	    7f1234567890 int32 [MyApp] MyApp.Program::ReadFile(string)[OptimizedTier1]+0x10 (/tmp/perf-100.map)
            	            132c int32 [MyApp] MyApp.Program::Main()[PreJIT]+0x3c (/usr/bin/a)

            """).Definitions;
        Assert.Equal(
            ["MyApp.Program.ReadFile - int32 [MyApp] MyApp.Program::ReadFile(string)[OptimizedTier1]", "int32 [MyApp] MyApp.Program::Main()[PreJIT] - "],
            Rows(d, TableId.Symbols, d.Symbol).Select(s => $"{Encoding.UTF8.GetString(d.String(s.Name))} - {Encoding.UTF8.GetString(d.String(s.Detail))}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Losses_and_what_was_passed_over_stand_in_the_trace()
    {
        TraceReader segment = One("""
            a 1 [003] 5.000000: PERF_RECORD_LOST lost 12
            a 1 [001] 5.000000: PERF_RECORD_THROTTLE
            what is this
            a    1 [001] 6.000000:   1 cycles: 
            	            132c run+0x3c (/usr/bin/a)

            a 1 [001] 7.000000: PERF_RECORD_LOST lost 30
            """);
        Assert.Equal([new LossRow(5_000_000_000, 3, 0, LossReason.RingFull, 12), new LossRow(5_000_000_000, 1, 0, LossReason.Throttled, 0), new LossRow(7_000_000_000, 1, 0, LossReason.RingFull, 30)],
            Rows(segment.Definitions, TableId.Losses, segment.Definitions.Loss));
        Assert.Equal(42UL, segment.End[EndCounter.Lost]);
        var info = new TraceInfo();
        info.Add(segment);
        Assert.Equal(["perf's text: line 3, offset 86: neither a hit nor a frame"], info.Notices.All);
    }

    [Fact]
    public void Frames_that_share_an_address_keep_their_own_names()
    {
        string text = string.Concat(Enumerable.Range(0, 50).Select(i => $"a {i,5} 1.000000: cycles: \n\t    7f0000001000 f{i}+0x1 (/tmp/perf-9.map)\n\tg{i}\n\n"));
        using var segments = new PerfScriptSegments(new MemoryStream(Encoding.UTF8.GetBytes(text)), new ImportOptions());
        Assert.Equal(string.Concat(Enumerable.Range(0, 50).Select(i => $"CGROUP:[];a;a;g{i};f{i} 1\n").Order(StringComparer.Ordinal)), Sorted(Read(segments).Folded));
    }

    [Fact]
    public void More_frames_than_a_trace_holds_are_cut_at_the_outer_end_and_told()
    {
        string frames = string.Concat(Enumerable.Range(0, 5000).Select(i => $"\t            {i + 1:x4} f{i} (/usr/bin/a)\n"));
        using var segments = new PerfScriptSegments(new MemoryStream(Encoding.UTF8.GetBytes($"a  1234 1.000000: cycles: \n{frames}\n")), new ImportOptions());
        Assert.True(segments.TryNext(out TraceReader? segment));
        StackRow stack = segment.Definitions.Stack(1);
        Assert.Equal(StackFlags.UserTruncated, stack.Flags);
        Assert.Equal(4096, segment.Definitions.Frames(stack.User, new int[5000]));
        Assert.Equal((SkipReason.TooManyFrames, 4098), (Assert.Single(segments.Lines.Places).Reason, (int)segments.Lines.Places.First().Line));
    }

    [Fact]
    public void A_long_text_is_many_segments_that_put_together_are_a_trace_of_the_same_stacks()
    {
        const int hits = 60_000;
        using var segments = new PerfScriptSegments(new ManyStacks(hits), new ImportOptions { ZstdLevel = 1 });
        var tree = new FlameTree(new NameTable());
        using var joined = new MemoryStream();
        while (segments.TryNext(out TraceReader? segment))
        {
            new TraceFolder(segment, tree).Fold();
            Assert.InRange(segments.Bytes.Length, 1, 64 << 20);
            joined.Write(segments.Bytes.Span);
        }

        Assert.InRange(segments.Count, 2, 1000);
        Assert.Equal((ulong)hits, segments.Hits);
        var again = new FlameTree(new NameTable());
        var file = new TraceSegments(new FileInMemory(joined.ToArray()));
        while (file.TryNext(out TraceReader? segment))
        {
            Assert.Empty(segment.Damage);
            new TraceFolder(segment, again).Fold();
        }

        Assert.Equal(segments.Count, file.Count);
        MergedStacks stacks = tree.Merge();
        Assert.Equal((hits, 3 + 1 + (3 * hits)), (stacks.Hits, stacks.Count));
        Assert.Equal(Folded(tree), Folded(again));
    }

    [Fact]
    public void An_empty_text_is_one_segment_without_hits()
    {
        TraceReader segment = One("");
        Assert.Equal((0UL, true), (segment.End[EndCounter.Hits], segment.IsComplete));
    }

    [Fact]
    public void What_was_read_before_the_stream_failed_is_there()
    {
        using var segments = new PerfScriptSegments(new FailingStream(Fixture("ids", "txt")), new ImportOptions());
        Assert.True(segments.TryNext(out TraceReader? segment));
        Assert.InRange(segment.End[EndCounter.Hits], 1UL, 2044UL);
        Assert.Contains("no more", segments.Error, StringComparison.Ordinal);
        Assert.False(segments.TryNext(out _));
    }

    [Theory]
    [InlineData("ids")]
    [InlineData("flat")]
    [InlineData("inlined")]
    public void Flipped_bytes_never_throw_and_every_hit_that_is_read_is_in_the_graph(string name)
    {
        byte[] whole = Fixture(name, "txt");
        whole = whole[..Math.Min(whole.Length, 30_000)];
        var random = new Random(name.Length);
        for (int run = 0; run < 300; run++)
        {
            byte[] damaged = whole[..random.Next(1, whole.Length)];
            for (int flips = random.Next(0, 30); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            int hits = 0;
            var reader = new PerfScriptReader(new MemoryStream(damaged));
            while (reader.TryRead(out _))
                hits++;
            using var segments = new PerfScriptSegments(new MemoryStream(damaged), new ImportOptions());
            (string folded, string report) = Read(segments);
            Assert.Equal(hits, Lines(folded).Sum(line => int.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)));
            Assert.Equal(hits, Lines(report).Count(line => line.StartsWith("##CGROUP", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_hit_whose_stack_was_seen_costs_no_memory()
    {
        byte[] text = Fixture("ids", "txt");
        using var writer = new TraceWriter(Stream.Null, zstdLevel: 0);
        var contexts = new PerfScriptContexts(writer.Definitions, _ => true);
        var stacks = new PerfScriptStacks(writer.Definitions, new PerfScriptReader(Stream.Null));
        int hits = 0;
        void Pass()
        {
            var reader = new PerfScriptReader(new MemoryStream(text));
            while (reader.TryRead(out PerfScriptHit hit))
                hits += contexts.ContextOf(hit) > 0 && contexts.EventOf(hit) > 0 && stacks.Of(hit) > 0 ? 1 : 0;
        }

        Pass();
        Assert.Equal(2044, hits);
        // The reader and its buffer, once.
        Assert.InRange(Allocated.LeastOf(Pass), 0, 520 << 10);
        int known = writer.Definitions.Stacks;
        Pass();
        Assert.Equal(known, writer.Definitions.Stacks);
    }

    /// <summary>A text without end in memory: each hit has a stack of three frames that no other has.</summary>
    private sealed class ManyStacks(int hits) : Stream
    {
        private readonly byte[] _hit = new byte[4096];
        private int _next, _at, _length;

        public override int Read(Span<byte> buffer)
        {
            if (_at == _length)
            {
                if (_next == hits)
                    return 0;
                int i = _next++;
                _length = Encoding.UTF8.GetBytes($"a  1234 [000] {i}.000000: cycles: \n\t{i + 1,16:x} f{i} (/usr/bin/a)\n\t{i + 1,16:x} g{i} (/usr/bin/b)\n\t{i + 1,16:x} h{i} (/usr/bin/c)\n\n", _hit);
                _at = 0;
            }

            int count = Math.Min(buffer.Length, _length - _at);
            _hit.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class FailingStream(byte[] text) : MemoryStream(text)
    {
        public override int Read(Span<byte> buffer) =>
            Position > 500_000 ? throw new IOException("no more") : base.Read(buffer[..Math.Min(buffer.Length, 60_000)]);
    }

    private static TraceReader One(string text)
    {
        using var segments = new PerfScriptSegments(new MemoryStream(Encoding.UTF8.GetBytes(text)), new ImportOptions());
        Assert.True(segments.TryNext(out TraceReader? segment));
        Assert.False(segments.TryNext(out _));
        return segment;
    }

    private static IEnumerable<T> Rows<T>(TraceDefinitions definitions, TableId table, Func<int, T> row) =>
        Enumerable.Range(1, definitions[table].Count - 1).Select(row);

    private static (string Folded, string Report) Read(PerfScriptSegments segments)
    {
        var tree = new FlameTree(new NameTable());
        var report = new ArrayBufferWriter<byte>();
        long hits = 0;
        while (segments.TryNext(out TraceReader? segment))
        {
            new TraceFolder(segment, tree).Fold();
            hits = new TraceReport(segment).Write(report, hits);
            Assert.Empty(segment.Damage);
        }

        Assert.Equal(segments.Hits, (ulong)hits);
        return (Folded(tree), Encoding.UTF8.GetString(report.WrittenSpan));
    }

    private static string Folded(FlameTree tree)
    {
        var output = new ArrayBufferWriter<byte>();
        FoldedWriter.Write(tree.Merge(), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string Sorted(string text) => string.Concat(Lines(text).Order(StringComparer.Ordinal).Select(line => line + "\n"));

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static byte[] Fixture(string name, string what)
    {
        using var stream = new GZipStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "PerfScript", $"{name}.{what}.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
