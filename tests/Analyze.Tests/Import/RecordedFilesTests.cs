using Diagnose.Analyze.Import;
using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Tests;
using Diagnose.Formats.Tests.PerfData;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Import;

/// <summary>Over the files that perf itself recorded.</summary>
public class RecordedFilesTests
{
    public static TheoryData<string> Names => [.. RecordedFile.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Hits_are_the_samples_that_perf_prints(string name)
    {
        var file = new RecordedFile(name);
        using var text = new ImportedText(file.Bytes);
        // sample EVENT PID TID CPU TIME PERIOD CHAIN; of a group that was read together only the leader was sampled.
        IEnumerable<string> expected = file.ExpectedOf("sample").Select(line => line.Split(' '))
            .Where(w => name != "fields" || w[1] == "cpu-clock").Select(w => $"{w[5]} {w[4]} {w[1]} {w[3]}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), text.Places.Order(StringComparer.Ordinal));
        Assert.Empty(text.Segments.Damage);
        Assert.Equal(name == "fields", text.Segments.Skipped is not null);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_other_byte_order_gives_the_same(string name)
    {
        if (name == "zstd")
            return;
        byte[] bytes = new RecordedFile(name).Bytes;
        using ImportedText little = new(bytes), big = new(BigEndianFile.From(bytes));
        Assert.Equal(little.Hits, big.Hits);
        Assert.NotEmpty(big.Hits);
    }

    [Fact]
    public void What_perf_was_told_of_the_clock_gives_dates()
    {
        using PerfDataSegments segments = Open(new RecordedFile("several").Bytes);
        Assert.True(segments.TryNext(out TraceReader? segment));
        ClockRow clock = segment.Definitions.Clock(1);
        Assert.Equal(2026, DateTime.UnixEpoch.AddTicks((long)clock.Realtime / 100).Year);
        using PerfDataSegments other = Open(new RecordedFile("single").Bytes);
        Assert.True(other.TryNext(out segment));
        Assert.Equal(1, segment.Definitions[TableId.Clocks].Count);
    }

    [Fact]
    public void Where_a_program_is_given_that_finds_them_user_frames_come_from_registers_and_stack()
    {
        using PerfDataReader reader = RecordedFile.Open(new RecordedFile("dwarf").Bytes);
        var notices = new Notices(_ => { });
        var options = new ImportOptions();
        var buildIds = new RecordedBuildIds(reader.Features);
        using var recording = new ImportedRecording(options, new RecordedKernel(options, buildIds, () => false),
            new SymbolFiles("", buildIds, notices), new RecordedCode("", buildIds, () => false, () => false), 127, notices);
        var frames = new PlayedFrames();
        recording.Recorder.UserFrames = frames;
        int id = recording.Trace.Definitions.Event(new EventRow(recording.Trace.Definitions.String("e"), EventKind.Software, 1));
        int samples = 0;
        while (reader.MoveNext())
        {
            if (reader.Current.Kind != RecordKind.Sample)
                continue;
            recording.Recorder.Sample(reader.Current.Bytes, reader.Current.Layout, id);
            samples++;
        }

        recording.EndSegment(isLast: true);
        Assert.Equal(samples, frames.Asked);
        Assert.True(TraceReader.TryOpen(new FileInMemory(recording.Bytes), out TraceReader trace, out string? error), error);
        int[] path = new int[8];
        for (int stack = 1; stack < trace.Definitions[TableId.Stacks].Count; stack++)
        {
            StackRow row = trace.Definitions.Stack(stack);
            Assert.Equal(StackFlags.UserTruncated, row.Flags);
            Assert.Equal(2, trace.Definitions.Frames(row.User, path));
            Assert.Equal(0x22UL, trace.Definitions.Frame(path[1]).Offset);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_cut_anywhere_gives_hits_from_before_the_cut_and_says_so(string name)
    {
        byte[] whole = new RecordedFile(name).Bytes;
        using var all = new ImportedText(whole);
        var expected = Times(all);
        for (int part = 1; part < 8; part++)
        {
            byte[] cut = whole[..(whole.Length * part / 8)];
            using var text = new ImportedText(cut);
            Assert.Subset(expected, Times(text));
            // In pipe mode a cut between two records cannot be told from an end.
            if (name != "pipe")
                Assert.NotEmpty(text.Segments.Damage);
        }

        using var half = new ImportedText(whole[..(whole.Length / 2)]);
        if (name is not "zstd")
            Assert.NotEmpty(half.Hits);

        // The names of events stand behind all records.
        static HashSet<string> Times(ImportedText text) =>
            [.. text.Places.Select(place => place.Split(' ')).Select(words => $"{words[0]} {words[1]} {words[^1]}")];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_bytes_never_throw(string name)
    {
        byte[] whole = new RecordedFile(name).Bytes;
        var random = new Random(name.Length);
        for (int run = 0; run < 60; run++)
        {
            byte[] damaged = whole.ToArray();
            for (int i = random.Next(1, 40); i > 0; i--)
                damaged[random.Next(random.Next(2) == 0 ? Math.Min(4000, damaged.Length) : damaged.Length)] = (byte)random.Next(256);
            using PerfDataSegments? segments = PerfDataSegments.Open(new FileInMemory(damaged), new ImportOptions(), null, out _);
            while (segments is not null && segments.TryNext(out TraceReader? segment))
                new TraceFolder(segment, new FlameTree(new NameTable())).Fold(workers: 1);
        }
    }

    [Fact]
    public void More_hits_of_the_same_stacks_cost_no_more_memory()
    {
        byte[] Made(int hits)
        {
            var made = new MadeRecording();
            made.Comm(10, "shop");
            for (int i = 0; i < hits; i++)
            {
                made.Hit(10, 10, 1 + (ulong)i, [CallchainContext.User, 0x1000, 0x2000 + (ulong)(i % 50)]);
                if (i % 500 == 0)
                    made.Add(new RecordBytes((RecordKind)UserRecordKind.FinishedRound));
            }

            return made.Build();
        }

        byte[] few = Made(20_000), many = Made(60_000);
        // The bytes of the hits differ, twice where a buffer grew; an object for each hit would be more.
        Assert.InRange(Allocated.LeastOf(() => Fill(many)) - Allocated.LeastOf(() => Fill(few)), long.MinValue, 40_000 * 20);

        static void Fill(byte[] file)
        {
            using PerfDataSegments segments = Open(file);
            while (segments.TryFill())
                continue;
        }
    }

    private static PerfDataSegments Open(byte[] file)
    {
        PerfDataSegments? segments = PerfDataSegments.Open(new FileInMemory(file), new ImportOptions(), null, out string? error);
        Assert.True(segments is not null, error);
        return segments;
    }

    private sealed class PlayedFrames : IUserFrames
    {
        public int Asked { get; private set; }

        public bool IsHurried { get; set; }

        public int Unwind(in UserContext context, ulong registers, TracedProcess process, Span<ulong> frames, out StackFlags flags)
        {
            Assert.Equal(System.Numerics.BitOperations.PopCount(registers), context.Registers.Length);
            Asked++;
            flags = StackFlags.UserTruncated;
            (frames[0], frames[1]) = (0x11, 0x22);
            return 2;
        }
    }
}
