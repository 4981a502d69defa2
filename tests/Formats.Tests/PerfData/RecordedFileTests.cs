using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfData;

public class RecordedFileTests
{
    public static TheoryData<string> Names => [.. RecordedFile.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Samples_and_their_order_are_those_that_perf_reads(string name)
    {
        var file = new RecordedFile(name);
        using var reader = RecordedFile.Open(file.Bytes);
        var samples = ReadText.Samples(reader);
        var expected = file.ExpectedOf("sample").ToList();
        if (name == "fields")
        {
            // perf makes one sample for each event of a group out of the one that was recorded, and its period from the
            // counts it read. Compare what was recorded.
            expected = [.. expected.Where(line => line.StartsWith("sample cpu-clock ", StringComparison.Ordinal)).Select(WithoutPeriod)];
            samples = [.. samples.Select(WithoutPeriod)];
        }

        Assert.Equal(expected, samples);
        Assert.Equal(0, reader.Counts.Unordered);
        Assert.Empty(reader.Damage);

        static string WithoutPeriod(string line)
        {
            var words = line.Split(' ');
            return string.Join(' ', words[..6]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_record_is_counted_as_perf_counts_it(string name)
    {
        var file = new RecordedFile(name);
        using var reader = RecordedFile.Open(file.Bytes);
        while (reader.MoveNext())
        {
        }

        Assert.Equal(file.ExpectedOf("kind").Order(StringComparer.Ordinal), ReadText.Kinds(reader).Order(StringComparer.Ordinal));
        Assert.Equal((0, 0, 0, 0), (reader.Counts.UnknownKind, reader.Counts.UnknownId, reader.Counts.UnknownLayout, reader.Counts.Malformed));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Features_and_build_ids_are_those_that_perf_shows(string name)
    {
        var file = new RecordedFile(name);
        using var reader = RecordedFile.Open(file.Bytes);
        Assert.Equal(file.ExpectedOf("header"), ReadText.Header(reader.Features));
        Assert.Equal(file.ExpectedOf("buildid"), ReadText.BuildIds(reader.Features));
        Assert.EndsWith("perf", reader.Features.CommandLine[0], StringComparison.Ordinal);
        Assert.Equal("-N", reader.Features.CommandLine[3]);
        Assert.Contains(FeatureKind.CpuTopology, reader.Features.Skipped);
    }

    [Fact]
    public void Times_can_be_told_as_dates_where_perf_was_told_the_clock()
    {
        using var reader = RecordedFile.Open(new RecordedFile("several").Bytes);
        Assert.Equal(1UL, reader.Features.ClockResolution);
        var clock = Assert.IsType<ClockData>(reader.Features.ClockData);
        Assert.Equal(1, clock.ClockId);
        Assert.Equal(reader.Events[0].Attr.ClockId, clock.ClockId);
        var times = Assert.IsType<SampleTimes>(reader.Features.SampleTimes);
        // The clocks were read just before the first sample.
        Assert.InRange(times.First, clock.ClockTime, clock.ClockTime + 1_000_000_000);
        Assert.Equal(2026, DateTime.UnixEpoch.AddTicks((long)clock.WallClock / 100).Year);
    }

    [Fact]
    public void Compression_is_described()
    {
        using var reader = RecordedFile.Open(new RecordedFile("zstd").Bytes);
        Assert.Equal((1U, 1U, 132U * 1024), (reader.Features.Compression!.Type, reader.Features.Compression.Level, reader.Features.Compression.MmapLength));
    }

    [Fact]
    public void User_registers_and_stacks_are_viewed_whole()
    {
        var file = new RecordedFile("dwarf");
        using var reader = RecordedFile.Open(file.Bytes);
        var (dumps, bytes) = (0, 0);
        while (reader.MoveNext())
        {
            var record = reader.Current;
            if (record.Kind != RecordKind.Sample) continue;
            Assert.True(record.Layout.TryParseSample(record.Bytes, out var sample));
            Assert.True(record.Layout.TryParseUserContext(record.Bytes, out var context));
            Assert.Equal(RegisterAbi.Bits64, context.Abi);
            // PERF_REG_X86_IP is 8 and SP 7; AX, BX, CX, DX, SI, DI, BP come first.
            Assert.Equal(0x1ffUL, record.Layout.RegistersUser & 0x1ff);
            if ((sample.Misc & RecordMisc.CpuModeMask) == RecordMisc.User) Assert.Equal(sample.Ip, context.Registers[8]);
            Assert.Equal(0UL, context.Registers[7] % 8);
            dumps++;
            bytes += context.Stack.Length;
        }

        Assert.Equal(Assert.Single(file.ExpectedOf("stacks")), $"stacks {dumps} {bytes}");
    }

    [Fact]
    public void Namespaces_of_a_process_are_viewed()
    {
        using var reader = RecordedFile.Open(new RecordedFile("several").Bytes);
        var seen = 0;
        while (reader.MoveNext())
        {
            var record = reader.Current;
            if (record.Kind != RecordKind.Namespaces) continue;
            Assert.True(NamespacesRecord.TryParse(record.Bytes, record.Layout, out var namespaces));
            Assert.True(namespaces.Pid > 0);
            Assert.Equal(7, namespaces.Links.Length);
            // PROC_DYNAMIC_FIRST and the fixed inode numbers of the first namespaces.
            foreach (var link in namespaces.Links) Assert.True(link.Inode >= 0xeffffff8, $"{link.Inode:x}");
            seen++;
        }

        Assert.True(seen > 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_lost_when_the_window_is_small_and_what_comes_late_is_counted(string name)
    {
        var bytes = new RecordedFile(name).Bytes;
        using var whole = RecordedFile.Open(bytes);
        using var small = RecordedFile.Open(bytes, new PerfDataLimits { WindowRecords = 10 });
        var expected = ReadText.Whole(whole).Split('\n');
        var records = ReadText.Whole(small).Split('\n');
        Assert.Equal(expected.Order(StringComparer.Ordinal), records.Order(StringComparer.Ordinal));
        if (small.Counts.Unordered == 0) Assert.Equal(expected, records);
        else Assert.NotEqual(expected, records);
    }
}
