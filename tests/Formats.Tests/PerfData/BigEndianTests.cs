using Diagnose.Formats.PerfData;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfData;

public class BigEndianTests
{
    /// <summary>All but the compressed one, which a test-side swapper cannot look into.</summary>
    public static TheoryData<string> Names => [.. RecordedFile.Names.Where(name => name != "zstd")];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_of_a_big_endian_machine_reads_as_the_same(string name)
    {
        var bytes = new RecordedFile(name).Bytes;
        using var little = RecordedFile.Open(bytes);
        using var big = RecordedFile.Open(BigEndianFile.From(bytes));
        Assert.True(big.Header.Order.IsBigEndian);
        Assert.Equal(ReadText.Whole(little), ReadText.Whole(big));
        Assert.Empty(big.Damage);
        Assert.Equal(ReadText.Kinds(little), ReadText.Kinds(big));
        Assert.Equal(ReadText.Header(little.Features), ReadText.Header(big.Features));
        Assert.Equal(ReadText.BuildIds(little.Features), ReadText.BuildIds(big.Features));
        Assert.Equal(little.Features.CommandLine, big.Features.CommandLine);
        Assert.Equal(little.Features.ClockData, big.Features.ClockData);
        Assert.Equal(little.Features.SampleTimes, big.Features.SampleTimes);
        for (var i = 0; i < little.Events.Count; i++)
        {
            Assert.Equal(little.Events[i].Attr, big.Events[i].Attr);
            Assert.Equal(little.Events[i].Name, big.Events[i].Name);
            Assert.Equal(little.Events[i].Ids, big.Events[i].Ids, (one, other) => one.Span.SequenceEqual(other.Span));
        }
    }

    [Fact]
    public void Bit_fields_begin_at_the_other_end_and_keep_numbers_whole()
    {
        var attr = new PerfEventAttr { Disabled = true, PreciseIp = 1, SampleIdAll = true, BuildId = true };
        // disabled is the highest bit of the first byte; precise_ip 1 the lower of two bits.
        ulong inOrder = 1UL << 63 | 1UL << 47 | 1UL << 45 | 1UL << 29;
        var stored = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(inOrder);
        Assert.Equal(attr.Flags, StoredAttr.SwapBitField(stored));
    }

    [Fact]
    public void Samples_with_every_field_are_turned_round_and_raw_bytes_left_alone()
    {
        var attr = new PerfEventAttr
        {
            SampleType = SampleFormat.Known,
            ReadFormat = ReadFormat.Known,
            BranchSampleType = 1 << 17 | 1 << 19,
            SampleRegsUser = 0b101,
            SampleRegsIntr = 0b1,
            SampleIdAll = true,
        };
        var little = Everything(new PerfDataBytes());
        var big = Everything(new PerfDataBytes(bigEndian: true));
        Assert.NotEqual(little, big);
        RecordSwap.Swap(big, new SampleLayout(attr));
        Assert.Equal(little, big);

        static byte[] Everything(PerfDataBytes to) => to.U32(9).U16(2, 0) // the size is set below
            .U64(1, 2).U32(3, 4).U64(5, 6, 1, 8).U32(9, 0).U64(10)
            .U64(2, 11, 12).U64(20, 21, 22, 30, 31, 32)
            .U64(3, 100, 101, 102)
            .U32(12).Bytes("raw raw raw "u8)
            .U64(1, 77, 40, 41, 42, 43)
            .U64(2, 50, 51)
            .U64(8).Bytes("stack!!!"u8).U64(8)
            .U64(70, 71, 72)
            .U64(2, 73)
            .U64(80, 0xc0ffee, 81, 82)
            .U64(8).Bytes("aux data"u8)
            .Build();
    }

    [Fact]
    public void Fields_cut_short_are_turned_as_far_as_they_go()
    {
        var layout = new SampleLayout(new PerfEventAttr { SampleType = SampleFormat.Known, ReadFormat = ReadFormat.Known, SampleIdAll = true });
        var random = new Random(7);
        for (var run = 0; run < 20000; run++)
        {
            var record = new byte[8 + random.Next(200)];
            random.NextBytes(record);
            // Counts are small mostly, so that what follows them is reached.
            for (var i = 8; i < record.Length; i++)
                if (random.Next(4) != 0)
                    record[i] = 0;
            record[..4].AsSpan().Clear();
            (record[0], record[1], record[2], record[3]) = (0, 0, 0, (byte)random.Next(1, 22));
            RecordSwap.Swap(record, layout);
            _ = layout.TryParseSample(record, out _);
            _ = layout.TryParseUserContext(record, out _);
        }
    }
}
