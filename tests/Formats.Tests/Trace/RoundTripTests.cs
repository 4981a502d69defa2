using CsCheck;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

public class RoundTripTests
{
    [Fact]
    public void Hits_come_back_whatever_their_number_and_order() =>
        Gen.Select(Gen.Int, Gen.Int[0, 2000], Gen.Int[1, 700], Gen.Int[1, 2000]).Sample((seed, hits, stacks, flushEvery) =>
        {
            byte[] file = TraceSample.Write(seed, hits, stacks, flushEvery, out var written);
            AssertReads(file, written, flushEvery);
        }, iter: 100);

    [Fact]
    public void Blocks_that_are_full_and_hold_more_than_65536_stacks_come_back()
    {
        byte[] file = TraceSample.Write(1, 3 * HitBlockBuilder.Capacity + 5, 200_000, int.MaxValue, out var written);
        AssertReads(file, written, int.MaxValue);
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData(65536, 2)]
    public void Places_of_stacks_take_as_many_bytes_as_they_need(int stacks, int width)
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        for (int i = 0; i < HitBlockBuilder.Capacity; i++)
            writer.AddHit((ulong)i, 0, 1, 1, 1 + i % stacks);
        writer.Finish();
        TraceReader reader = TraceSample.Open(file.ToArray());
        using var block = new HitBlockReader();
        Assert.True(reader.TryReadHits(Assert.Single(reader.HitBlocks), block, withTimes: false));
        Assert.Equal(width, block.StackWidth);
        Assert.Equal(stacks, block.StackIds.Length);
        for (int i = 0; i < block.Count; i++)
            Assert.Equal(1 + i % stacks, block.Stack(i));
        Assert.True(block.Times.IsEmpty);
    }

    [Fact]
    public void Times_of_one_run_come_back_in_order_however_they_came()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        var random = new Random(3);
        var written = new List<SampleHit>();
        for (int i = 0; i < HitBlockBuilder.Capacity; i++)
        {
            ulong time = i switch { 0 => ulong.MaxValue, 1 => 0, _ => (ulong)random.NextInt64() };
            written.Add(new SampleHit(time, i % 3, 1, i % 5, i));
            writer.AddHit(time, i % 3, 1, i % 5, i);
        }

        writer.Finish();
        AssertReads(file.ToArray(), written, int.MaxValue);
    }

    [Fact]
    public void Rows_with_values_of_every_size_come_back() =>
        Gen.ULong.Array[6, 6].Array[1, 200].Sample(rows =>
        {
            using var file = new MemoryStream();
            using var writer = new TraceWriter(file);
            DefinitionWriter d = writer.Definitions;
            foreach (ulong[] v in rows)
            {
                d.Clock(new ClockRow(v[0], v[1]));
                d.Mapping(new MappingRow((int)(v[0] >> 40), v[1], v[2], v[3], v[4], v[5], (int)(v[5] >> 40)));
                d.Loss(new LossRow(v[0], (uint)v[1], (int)(v[2] >> 40), (LossReason)(v[3] & 255), v[4]));
                if (v[0] % 7 == 0)
                    writer.Flush();
            }

            writer.Finish();
            TraceReader reader = TraceSample.Open(file.ToArray());
            Assert.Empty(reader.Damage);
            for (int i = 0; i < rows.Length; i++)
            {
                ulong[] v = rows[i];
                Assert.Equal(new ClockRow(v[0], v[1]), reader.Definitions.Clock(i + 1));
                Assert.Equal(new MappingRow((int)(v[0] >> 40), v[1], v[2], v[3], v[4], v[5], (int)(v[5] >> 40)), reader.Definitions.Mapping(i + 1));
                Assert.Equal(new LossRow(v[0], (uint)v[1], (int)(v[2] >> 40), (LossReason)(v[3] & 255), v[4]), reader.Definitions.Loss(i + 1));
            }
        }, iter: 50);

    [Fact]
    public void Equal_rows_get_one_id_and_different_ones_their_own() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 9]).Array[1, 300].Sample(keys =>
        {
            var d = new DefinitionWriter();
            Same(keys, k => d.Frame(new FrameRow(k.Item1, (ulong)k.Item2, (FrameFlags)k.Item3)));
            Same(keys, k => d.Stack(new StackRow(k.Item1, k.Item2, (StackFlags)k.Item3)));
            Same(keys, k => d.Module(new ModuleRow((ModuleKind)k.Item1, k.Item2, 0, 0, 0, (uint)k.Item3)));
            Same(keys, k => d.Context(new ContextRow((uint)k.Item1, k.Item2, k.Item3, 0, 0)));
            Same(keys, k => d.Symbol(new SymbolRow(k.Item1, (ulong)k.Item2, (ulong)k.Item3, 0, SymbolSource.None)));
            Same(keys, k => d.Process(new ProcessRow((uint)k.Item1, k.Item2, 0, (ProcessFlags)k.Item3)));
            Same(keys, k => d.Cgroup(new CgroupRow((ulong)k.Item1, k.Item2 * 10 + k.Item3)));
            Same(keys, k => d.String($"{k.Item1}/{k.Item2}/{k.Item3}"));
            Assert.Equal(0, d.String(""));
        });

    [Fact]
    public void More_definitions_than_one_block_may_hold_go_into_several()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file, zstdLevel: 0);
        byte[] text = new byte[TraceLimits.StringBytes + 7];
        for (int i = 1; i <= 40; i++)
        {
            text[0] = (byte)i;
            Assert.Equal(i, writer.Definitions.String(text));
        }

        for (int i = 0; i < 300_000; i++)
            writer.Definitions.Clock(new ClockRow((ulong)i << 40, ulong.MaxValue));
        writer.AddHit(1, 0, 1, 1, 1);
        writer.Finish();
        TraceReader reader = TraceSample.Open(file.ToArray());
        Assert.Empty(reader.Damage);
        for (int i = 1; i <= 40; i++)
        {
            Assert.Equal(i, reader.Definitions.String(i)[0]);
            Assert.Equal(TraceLimits.StringBytes, reader.Definitions.String(i).Length);
        }

        Assert.Equal(300_000, reader.Definitions[TableId.Clocks].Defined);
        Assert.Equal(new ClockRow(299_999UL << 40, ulong.MaxValue), reader.Definitions.Clock(300_000));
    }

    [Fact]
    public void A_header_tells_the_time_of_the_earliest_hit()
    {
        byte[] file = TraceSample.Write(11, 5000, 50, 700, out var written);
        TraceReader reader = TraceSample.Open(file);
        Assert.Equal(TraceSample.Blocks(written, 700).Select(b => b.Min(h => h.Time)), reader.HitBlocks.Select(b => b.Header.FirstTime));
    }

    private static void Same<TKey>(TKey[] keys, Func<TKey, int> define)
        where TKey : notnull
    {
        var ids = new Dictionary<TKey, int>();
        foreach (TKey key in keys)
        {
            int id = define(key);
            Assert.True(id > 0);
            Assert.Equal(ids.TryAdd(key, id) ? ids.Count : ids[key], id);
        }

        Assert.Equal(ids.Count, ids.Values.Distinct().Count());
    }

    private static void AssertReads(byte[] file, List<SampleHit> written, int flushEvery)
    {
        TraceReader reader = TraceSample.Open(file);
        Assert.Empty(reader.Damage);
        Assert.True(reader.IsComplete);
        Assert.Equal((ulong)written.Count, reader.End[EndCounter.Hits]);
        Assert.Equal((ulong)reader.HitBlocks.Count, reader.End[EndCounter.HitBlocks]);
        using var block = new HitBlockReader();
        var expected = TraceSample.Blocks(written, flushEvery).GetEnumerator();
        foreach (HitBlockPlace place in reader.HitBlocks)
        {
            Assert.True(expected.MoveNext());
            var read = new List<SampleHit>();
            Assert.True(reader.TryReadHits(place, block, withTimes: true));
            TraceSample.AddHits(block, read);
            // Runs in the order in which they began; within a run by time, and as they came where times are equal.
            var runs = expected.Current.GroupBy(h => (h.Cpu, h.Event)).SelectMany(run => run.OrderBy(h => h.Time));
            Assert.Equal(runs, read);
        }

        Assert.False(expected.MoveNext());
    }
}
