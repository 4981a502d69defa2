using System.Text;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;
using ZstdSharp;

namespace Diagnose.Formats.Tests.PerfData;

public class PerfDataReaderTests
{
    // Samples of two fields: time and an address that serves as a mark.
    private static readonly PerfEventAttr timed = new() { SampleType = SampleFormat.Time | SampleFormat.Addr, SampleIdAll = true };

    [Fact]
    public void Events_are_found_by_an_id_wherever_it_lies()
    {
        PerfEventAttr With(SampleFormat fields) => new() { SampleType = fields | SampleFormat.Id | SampleFormat.Addr, SampleIdAll = true };
        var file = PerfDataBytes.File(
            [
                (With(SampleFormat.None), [11]), (With(SampleFormat.Time | SampleFormat.Cpu), [21, 22]),
                (With(SampleFormat.Identifier), [31]),
            ],
            new PerfDataBytes()
                .Sample(101, 11).Sample(7, 102, 22, 0).Sample(31, 103, 31).Sample(7, 104, 21, 0) // addr is the second field but for the first
                .Sample(105, 99) // an id that no event has
                .Record((uint)RecordKind.Lost, new PerfDataBytes().U64(11, 1, 11).Build())
                .Record((uint)RecordKind.Lost, new PerfDataBytes().U64(11, 2, 9, 22, 3).Build())
                .Record((uint)RecordKind.Lost, new PerfDataBytes().U64(11, 3, 0).Build()) // made up by perf
                .Build());
        using var reader = RecordedFile.Open(file, inOrder: false);
        var found = new List<(int, ulong)>();
        while (reader.MoveNext())
        {
            var record = reader.Current;
            if (record.Layout.TryParseSample(record.Bytes, out var sample) && record.Kind == RecordKind.Sample)
                found.Add((record.Event.Index, sample.Addr));
            else if (LostRecord.TryParse(record.Bytes, record.Layout, out var lost))
                found.Add((record.Event.Index, lost.Lost));
        }

        Assert.Equal([(0, 101), (1, 102), (2, 103), (1, 104), (0, 1UL), (1, 2), (0, 3)], found);
        Assert.Equal(1, reader.Counts.UnknownId);
        Assert.Empty(reader.Damage);
    }

    [Fact]
    public void Rounds_let_out_what_is_not_later_than_the_round_before()
    {
        var data = new PerfDataBytes()
            .Sample(10, 1).Sample(30, 2).Sample(20, 3).Sample(30, 4).Record(UserRecordKind.FinishedRound)
            .Sample(25, 5).Sample(40, 6).Sample(0, 7).Record(UserRecordKind.FinishedRound) // 10, 20, 25, 30, 30 go out; 0 is no time
            .Sample(35, 8).Sample(28, 9).Build(); // 28 is too late
        using var reader = RecordedFile.Open(PerfDataBytes.File([(timed, [])], data));
        Assert.Equal([7, 1, 3, 5, 2, 4, 9, 8, 6], Marks(reader));
        Assert.Equal((1, 1), (reader.Counts.Unordered, reader.Counts.Untimed));

        using var unsorted = RecordedFile.Open(PerfDataBytes.File([(timed, [])], data), inOrder: false);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], Marks(unsorted));
    }

    [Fact]
    public void A_file_without_rounds_is_sorted_within_its_window()
    {
        var data = new PerfDataBytes();
        for (ulong i = 0; i < 1000; i++) data.Sample(1000 + (i ^ 7), i ^ 7);
        using var reader = RecordedFile.Open(PerfDataBytes.File([(timed, [])], data.Build()), new PerfDataLimits { WindowRecords = 32 });
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (ulong)i), Marks(reader));
        Assert.Equal(0, reader.Counts.Unordered);
    }

    [Theory]
    [InlineData(UserRecordKind.Compressed, 1)]
    [InlineData(UserRecordKind.Compressed, 700)]
    [InlineData(UserRecordKind.Compressed2, 333)]
    public void Compressed_records_are_one_stream_cut_anywhere(UserRecordKind kind, int piece)
    {
        const int samples = 40_000; // more than a chunk holds
        var plain = new PerfDataBytes();
        for (ulong i = 0; i < samples; i++) plain.Sample(1 + i, i * i);
        var stream = ZstdStream(plain.Build());
        var data = new PerfDataBytes();
        for (var at = 0; at < stream.Length; at += piece)
        {
            var part = stream.AsSpan(at, Math.Min(piece, stream.Length - at));
            if (kind == UserRecordKind.Compressed) data.Record(kind, part);
            else data.Record(kind, new PerfDataBytes().U64((ulong)part.Length).Bytes(part).Bytes(new byte[5]).Build());
            if (at % 3 == 0) data.Record(UserRecordKind.FinishedRound);
        }

        var file = PerfDataBytes.File([(timed, [])], data.Build());
        using var reader = RecordedFile.Open(file);
        Assert.Equal(Enumerable.Range(0, samples).Select(i => (ulong)i * (ulong)i), Marks(reader));
        Assert.Empty(reader.Damage);

        // Little memory gives the same, since nothing here is late.
        using var small = RecordedFile.Open(file, new PerfDataLimits { WindowBytes = 1, WindowRecords = 100 });
        Assert.Equal(samples, Marks(small).Count);
        Assert.Equal(0, small.Counts.Unordered);
    }

    [Fact]
    public void Damage_in_compressed_records_gives_what_is_before_it()
    {
        var plain = new PerfDataBytes();
        for (ulong i = 0; i < 1000; i++) plain.Sample(1 + i, i);
        var good = ZstdStream(plain.Build());
        var data = new PerfDataBytes().Record(UserRecordKind.Compressed, good);
        var second = data.Length;
        data.Record(UserRecordKind.Compressed, "no zstd at all"u8).Sample(2000, 5);
        using var reader = RecordedFile.Open(PerfDataBytes.File([(timed, [])], data.Build()));
        Assert.Equal(1000, Marks(reader).Count);
        var damage = Assert.Single(reader.Damage);
        Assert.Equal((long)reader.Header.Data.Offset + second, damage.Offset);
        Assert.Contains("compressed data is damaged", damage.Reason, StringComparison.Ordinal);

        using var cut = RecordedFile.Open(PerfDataBytes.File([(timed, [])],
            new PerfDataBytes().Record(UserRecordKind.Compressed, ZstdStream(plain.Build().AsSpan(0, 999 * 24 + 10))).Build()));
        Assert.Equal(999, Marks(cut).Count);
        Assert.Contains("10 bytes of an unfinished record", Assert.Single(cut.Damage).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_wants_a_window_of_gigabytes_is_refused()
    {
        // Frame magic, no flags, a window of 2^31 bytes, then an empty last block.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 1, 0, 0];
        using var reader = RecordedFile.Open(PerfDataBytes.File([(timed, [])], new PerfDataBytes().Record(UserRecordKind.Compressed, frame).Build()));
        Assert.Empty(Marks(reader));
        Assert.Contains("compressed data is damaged", Assert.Single(reader.Damage).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Pipe_mode_describes_itself_and_payloads_are_passed_over()
    {
        var sample = new PerfDataBytes().Sample(5, 50).Build();
        var attr = new PerfDataBytes().Attr(timed).U64(71, 72).Build();
        var file = PerfDataBytes.Pipe()
            .Record(UserRecordKind.HeaderAttr, attr)
            .Record(UserRecordKind.HeaderFeature, new PerfDataBytes().U64((ulong)FeatureKind.Hostname).U32(8).Bytes("machine\0"u8).Build())
            .Record(UserRecordKind.HeaderFeature, new PerfDataBytes().U64((ulong)FeatureKind.TotalMem).U32(1).Build())
            .Record(UserRecordKind.HeaderFeature, new PerfDataBytes().U64(32).Build())
            .Record(UserRecordKind.EventUpdate, new PerfDataBytes().U64(2, 72).Bytes("my:event\0"u8).Build())
            .Record(UserRecordKind.HeaderTracingData, new PerfDataBytes().U32(24).Build()).Bytes(sample)
            .Sample(6, 60)
            .Record(UserRecordKind.AuxTrace, new PerfDataBytes().U64(24, 0, 0, 0, 0).Build()).Bytes(sample)
            .Record(UserRecordKind.TimeConv).Record(UserRecordKind.Stat).Record(99).Record(22)
            .Sample(7, 70).Build();
        using var reader = RecordedFile.Open(file);
        // Known before the first record.
        Assert.Equal("my:event", Assert.Single(reader.Events).Name);
        Assert.Equal("machine", reader.Features.Hostname);
        Assert.Contains("TotalMem is cut short", Assert.Single(reader.Damage).Reason, StringComparison.Ordinal);
        Assert.Equal([60, 70], Marks(reader));
        Assert.Equal((48, 2), (reader.Counts.PayloadBytes, reader.Counts.UnknownKind));
        Assert.Equal(1, reader.Counts.Of(UserRecordKind.TimeConv));
    }

    [Fact]
    public void A_file_of_a_perf_that_was_killed_is_read_to_its_end()
    {
        var file = new RecordedFile("single").Bytes;
        using var whole = RecordedFile.Open(file);
        var samples = ReadText.Samples(whole);
        var killed = file[..(int)(whole.Header.Data.Offset + whole.Header.Data.Size)];
        killed.AsSpan(48, 8).Clear();
        using var reader = RecordedFile.Open(killed);
        Assert.Equal(samples.Select(line => line.Split(' ')[5]), ReadText.Samples(reader).Select(line => line.Split(' ')[5]));
        Assert.Contains("perf record was killed", Assert.Single(reader.Damage).Reason, StringComparison.Ordinal);
        Assert.Null(reader.Features.Hostname);
    }

    [Fact]
    public void A_file_whose_records_lie_in_a_directory_says_so()
    {
        // DIR_FORMAT (bit 24) takes the section of its neighbour BPF_PROG_INFO.
        var file = new RecordedFile("single").Bytes;
        Assert.Equal(0b10, file[72 + 3] & 0b11);
        file[72 + 3] ^= 0b11;
        using var reader = RecordedFile.Open(file);
        Assert.Contains("further files of a directory", Assert.Single(reader.Damage).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_of_an_event_with_unknown_fields_are_counted_and_others_read()
    {
        var unknown = new PerfEventAttr { SampleType = SampleFormat.Identifier | (SampleFormat)(1UL << 40), SampleIdAll = true };
        var known = new PerfEventAttr { SampleType = SampleFormat.Identifier | SampleFormat.Addr, SampleIdAll = true };
        using var reader = RecordedFile.Open(PerfDataBytes.File(
            [(unknown, [1]), (known, [2])], new PerfDataBytes().Sample(1, 10).Sample(2, 20).Sample(1, 30).Build()));
        Assert.Contains("0x10000000000", reader.Events[0].NoLayoutReason, StringComparison.Ordinal);
        Assert.Equal([20], Marks(reader));
        Assert.Equal(2, reader.Counts.UnknownLayout);
    }

    [Theory]
    [InlineData("", "magic PERFILE2 is missing")]
    [InlineData("PERFILE2", "cut short at 8 bytes")]
    [InlineData("PERFFILE12345678", "version 1")]
    [InlineData("PERFILE2\u0011\0\0\0\0\0\0\0", "header size 17")]
    [InlineData("PERFILE2\u0068\0\0\0\0\0\0\0", "cut short at 16 of 104")]
    public void What_is_no_perf_data_is_refused_with_the_reason(string start, string reason)
    {
        Assert.False(PerfDataReader.TryOpen(new FileInMemory(Encoding.Latin1.GetBytes(start)), out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Reading_allocates_nothing_per_record()
    {
        var data = new PerfDataBytes();
        for (ulong i = 0; i < 100_000; i++)
        {
            data.Sample(1 + (i ^ 15), i);
            if (i % 64 == 0) data.Record(UserRecordKind.FinishedRound);
        }

        using var reader = RecordedFile.Open(PerfDataBytes.File([(timed, [])], data.Build()));
        Assert.True(reader.MoveNext());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var records = 1;
        while (reader.MoveNext()) records += reader.Current.Bytes.Length / 24;
        Assert.Equal(100_000, records);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    private static List<ulong> Marks(PerfDataReader reader)
    {
        var marks = new List<ulong>();
        while (reader.MoveNext())
        {
            Assert.True(reader.Current.Layout.TryParseSample(reader.Current.Bytes, out var sample));
            marks.Add(sample.Addr);
        }

        return marks;
    }

    // Flushed and not ended, as perf leaves it.
    private static byte[] ZstdStream(ReadOnlySpan<byte> plain)
    {
        using var bytes = new MemoryStream();
        using var stream = new CompressionStream(bytes, 1, leaveOpen: true);
        stream.Write(plain);
        stream.Flush();
        return bytes.ToArray();
    }
}
