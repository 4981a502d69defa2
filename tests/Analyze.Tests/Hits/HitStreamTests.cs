using CsCheck;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Hits;

public class HitStreamTests
{
    [Fact]
    public void Hits_come_in_time_order_across_cpus_and_overlapping_blocks() =>
        Gen.Select(Gen.Int, Gen.Int[0, 2000], Gen.Int[1, 300], Gen.Int[0, 50_000]).Sample((seed, count, flushEvery, late) =>
        {
            var random = new Random(seed);
            var written = new List<Hit>();
            byte[] file = SyntheticTrace.Write(writer =>
            {
                for (int i = 0; i < count; i++)
                {
                    var hit = new Hit((ulong)(100_000 + i * 10 - random.Next(late + 1)), random.Next(8), 1 + random.Next(2), random.Next(5), random.Next(9));
                    written.Add(hit);
                    writer.AddHit(hit.Time, hit.Cpu, hit.Event, hit.Context, hit.Stack);
                    if (i % flushEvery == 0)
                        writer.Flush();
                }
            });
            Assert.Equal(written.OrderBy(h => h.Time).ThenBy(h => h.Cpu).ThenBy(h => h.Event).ThenBy(h => h.Context).ThenBy(h => h.Stack),
                Read(SyntheticTrace.Open(file)));
        }, iter: 100);

    [Fact]
    public void A_damaged_block_costs_its_hits_and_not_the_order()
    {
        byte[] file = SyntheticTrace.Write(writer =>
        {
            for (int i = 0; i < 1000; i++)
            {
                writer.AddHit((ulong)(10_000 + i - i % 3 * 150), i % 4, 1, 1, 1);
                if (i % 100 == 99)
                    writer.Flush();
            }
        });
        TraceReader whole = SyntheticTrace.Open(file);
        for (int block = 0; block < whole.HitBlocks.Count; block++)
        {
            byte[] damaged = [.. file];
            damaged[whole.HitBlocks[block].Offset + BlockHeader.Size] ^= 0xff;
            TraceReader reader = SyntheticTrace.Open(damaged);
            List<Hit> hits = Read(reader);
            Assert.Equal(900, hits.Count);
            Assert.Equal(hits.Select(h => h.Time).Order(), hits.Select(h => h.Time));
            Assert.Equal(100UL, Assert.Single(reader.Damage).Hits);
        }
    }

    private static List<Hit> Read(TraceReader reader)
    {
        using var stream = new HitStream(reader);
        var hits = new List<Hit>();
        for (ReadOnlySpan<Hit> some = stream.Read(); !some.IsEmpty; some = stream.Read())
            hits.AddRange(some);
        return hits;
    }
}
