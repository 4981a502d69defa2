using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class HostileRecordTests
{
    public static TheoryData<bool> Rings => [true, false];

    [Theory]
    [MemberData(nameof(Rings))]
    public void A_ring_cut_short_anywhere_gives_the_records_before_the_cut_and_says_where(bool hits)
    {
        var whole = hits ? RecordedRing.Hits : RecordedRing.SideBand;
        var starts = Starts(whole);
        for (var length = 0; length <= whole.Length; length++)
        {
            var reader = new RecordReader(whole.AsSpan(0, length));
            var count = 0;
            while (reader.MoveNext()) count++;
            var atBoundary = length == whole.Length || starts.Contains(length);
            Assert.Equal(atBoundary, reader.Error is null);
            Assert.Equal(starts.Count(start => start < length) - (atBoundary ? 0 : 1), count);
            if (!atBoundary) Assert.Contains($"offset {starts.Last(start => start < length)}", reader.Error, StringComparison.Ordinal);
            Assert.False(reader.MoveNext());
        }
    }

    [Theory]
    [MemberData(nameof(Rings))]
    public void Every_byte_flipped_is_read_without_an_exception_or_an_endless_walk(bool hits)
    {
        var whole = hits ? RecordedRing.Hits : RecordedRing.SideBand;
        for (var at = 0; at < whole.Length; at++)
            foreach (var mask in (byte[])[0xff, 1, 0x80])
            {
                whole[at] ^= mask;
                Assert.InRange(ParseAll(whole, hits ? RecordedRing.HitLayout : RecordedRing.SideBandLayout), 0, whole.Length / 8);
                whole[at] ^= mask;
            }
    }

    [Fact]
    public void Every_record_cut_short_anywhere_is_refused_or_read_within_its_bytes()
    {
        var whole = RecordedRing.SideBand;
        var reader = new RecordReader(whole);
        while (reader.MoveNext())
            for (var length = 8; length < reader.Current.Length; length++)
                Parse(reader.Current[..length], RecordedRing.SideBandLayout);
    }

    [Theory]
    [InlineData(0, "less than its header")]
    [InlineData(7, "less than its header")]
    [InlineData(9, "more than the 8 bytes left")]
    public void A_size_that_cannot_be_true_stops_the_walk(byte size, string reason)
    {
        var reader = new RecordReader([1, 0, 0, 0, 0, 0, size, 0]);
        Assert.False(reader.MoveNext());
        Assert.Contains(reason, reader.Error, StringComparison.Ordinal);
    }

    private static List<int> Starts(ReadOnlySpan<byte> ring)
    {
        var starts = new List<int>();
        var reader = new RecordReader(ring);
        while (reader.MoveNext()) starts.Add(reader.Offset);
        return starts;
    }

    private static int ParseAll(ReadOnlySpan<byte> ring, SampleLayout layout)
    {
        var records = 0;
        var reader = new RecordReader(ring);
        for (; reader.MoveNext(); records++) Parse(reader.Current, layout);
        return records;
    }

    // As every kind of record: whoever flips bytes flips the kind, too.
    private static void Parse(ReadOnlySpan<byte> record, SampleLayout layout)
    {
        if (layout.TryParseSample(record, out var sample)) _ = new CallchainSplit(sample.Callchain);
        _ = layout.TryParseUserContext(record, out _);
        _ = layout.TryParseSampleId(record, out _);
        _ = SampleId.TryReadIdentifier(record, out _);
        _ = MmapRecord.TryParse(record, layout, out _);
        _ = Mmap2Record.TryParse(record, layout, out _);
        _ = CommRecord.TryParse(record, layout, out _);
        _ = TaskRecord.TryParse(record, layout, out _);
        _ = LostRecord.TryParse(record, layout, out _);
        _ = LostSamplesRecord.TryParse(record, layout, out _);
        _ = ThrottleRecord.TryParse(record, layout, out _);
        _ = KsymbolRecord.TryParse(record, layout, out _);
        _ = CgroupRecord.TryParse(record, layout, out _);
        _ = NamespacesRecord.TryParse(record, layout, out _);
    }
}
