using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfData;

namespace Diagnose.Formats.Tests.PerfData;

public class HostileFileTests
{
    // Small, so that limits are met.
    private static readonly PerfDataLimits limits = new() { WindowRecords = 50, WindowBytes = 1 << 20 };

    public static TheoryData<string, bool> Files =>
    [
        .. RecordedFile.Names.Select(name => new TheoryDataRow<string, bool>(name, false)),
        .. RecordedFile.Names.Where(name => name != "zstd").Select(name => new TheoryDataRow<string, bool>(name, true)),
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_cut_anywhere_gives_the_records_before_the_cut(string name, bool bigEndian)
    {
        var whole = Bytes(name, bigEndian);
        var expected = Records(whole, inOrder: false);
        var step = Math.Max(1, whole.Length / 400);
        for (var length = 0; length < whole.Length; length += length < 2000 ? 13 : step)
        {
            var cut = whole[..length];
            if (!PerfDataReader.TryOpen(new FileInMemory(cut), out var reader, out var error, limits, inOrder: false))
            {
                Assert.NotNull(error);
                Assert.InRange(length, 0, PerfDataHeader.FileSize - 1);
                continue;
            }

            using (reader)
            {
                var count = 0;
                // Without all attributes another event may claim a record of the made-up ones, so only whole heads compare.
                while (reader!.MoveNext()) Assert.Equal(expected[count++], Convert.ToHexString(reader.Current.Bytes));
                if (!reader.Header.IsPipe && length < whole.Length) Assert.NotEmpty(reader.Damage);
            }

            Assert.True(Records(cut, inOrder: true).Count <= expected.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_with_damaged_bytes_is_read_without_an_exception(string name, bool bigEndian)
    {
        var whole = Bytes(name, bigEndian);
        var random = new Random(name.Length);
        for (var run = 0; run < 300; run++)
        {
            var damaged = whole.ToArray();
            for (var i = random.Next(1, 20); i > 0; i--)
            {
                // Mostly in the head, where the sections and attributes are.
                var at = random.Next(random.Next(2) == 0 ? Math.Min(1000, damaged.Length) : damaged.Length);
                damaged[at] = (byte)random.Next(256);
            }

            if (!PerfDataReader.TryOpen(new FileInMemory(damaged), out var reader, out _, limits)) continue;
            using (reader)
                while (reader!.MoveNext())
                    if (reader.Current.Layout.TryParseSample(reader.Current.Bytes, out _))
                        _ = reader.Current.Layout.TryParseUserContext(reader.Current.Bytes, out _);
        }
    }

    [Fact]
    public void Sections_that_cannot_be_true_are_told_and_take_no_memory()
    {
        var file = new RecordedFile("several").Bytes;
        for (var at = 16; at < PerfDataHeader.FileSize; at += 8)
            foreach (var value in (ulong[])[ulong.MaxValue, 1UL << 63, 1UL << 40, int.MaxValue, 0, 1])
            {
                var damaged = file.ToArray();
                BitConverter.GetBytes(value).CopyTo(damaged, at);
                var before = GC.GetAllocatedBytesForCurrentThread();
                using (var reader = RecordedFile.Open(damaged, limits))
                {
                    while (reader.MoveNext())
                    {
                    }
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
            }
    }

    [Fact]
    public void Ids_chosen_to_collide_are_found_as_fast_as_others()
    {
        // All have the same ulong.GetHashCode(), which is the exclusive or of the halves.
        var ids = Enumerable.Range(0, 300_000).Select(i => (ulong)i << 32 | (uint)i).ToArray();
        var attr = new Diagnose.Formats.PerfEvents.PerfEventAttr { SampleType = Diagnose.Formats.PerfEvents.SampleFormat.Identifier };
        var file = PerfDataBytes.File([(attr, ids), (attr, [5])], new PerfDataBytes().Sample(ids[^1]).Sample(5).Build());
        var clock = System.Diagnostics.Stopwatch.StartNew();
        using var reader = RecordedFile.Open(file);
        Assert.True(reader.MoveNext());
        Assert.Equal(0, reader.Current.Event.Index);
        Assert.True(reader.MoveNext());
        Assert.Equal(1, reader.Current.Event.Index);
        // Minutes when each is compared with all before it.
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
    }

    [Fact]
    public void Ids_of_many_events_that_share_one_section_stop_at_a_limit()
    {
        var file = PerfDataBytes.File([.. Enumerable.Range(0, 50).Select(i => (default(Diagnose.Formats.PerfEvents.PerfEventAttr), new ulong[] { 1, 2, 3 }))], []);
        using var reader = RecordedFile.Open(file, new PerfDataLimits { Ids = 31 });
        Assert.Equal(10, reader.Events.Count);
        Assert.Contains("more event ids", reader.Damage[0].Reason, StringComparison.Ordinal);
        using var few = RecordedFile.Open(file, new PerfDataLimits { Events = 7 });
        Assert.Equal(7, few.Events.Count);
    }

    private static byte[] Bytes(string name, bool bigEndian)
    {
        var bytes = new RecordedFile(name).Bytes;
        return bigEndian ? BigEndianFile.From(bytes) : bytes;
    }

    private static List<string> Records(byte[] bytes, bool inOrder)
    {
        using var reader = RecordedFile.Open(bytes, limits, inOrder);
        var records = new List<string>();
        while (reader.MoveNext()) records.Add(Convert.ToHexString(reader.Current.Bytes));
        return records;
    }
}
