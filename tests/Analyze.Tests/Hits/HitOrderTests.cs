using CsCheck;
using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Tests.Hits;

public class HitOrderTests
{
    [Fact]
    public void Hits_in_any_order_and_in_any_runs_come_out_sorted_and_none_is_lost()
    {
        var order = new HitOrder();
        Gen.Select(Gen.ULong[0, 40], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3]).Array[0, 12].Array[0, 12].Sample(runs =>
        {
            Hit[] hits = [.. runs.SelectMany(run => run.OrderBy(hit => hit.Item1)).Select(hit => new Hit(hit.Item1, hit.Item2, 1, hit.Item3, hit.Item4))];
            Hit[] sorted = [.. hits];
            order.Sort(sorted);
            Assert.Equal(hits.OrderBy(h => h.Time).ThenBy(h => h.Cpu).ThenBy(h => h.Event).ThenBy(h => h.Context).ThenBy(h => h.Stack), sorted);
        }, iter: 3000, threads: 1);
    }
}
