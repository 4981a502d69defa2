using CsCheck;
using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Tests.Hits;

public class PairCountsTests
{
    [Fact]
    public void Pairs_are_counted_each_by_itself() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 300], Gen.Int[1, 9]).Array[0, 20_000].Sample(hits =>
        {
            var pairs = new PairCounts();
            var expected = new Dictionary<(int, int), long>();
            foreach ((int context, int stack, int count) in hits)
            {
                pairs.Add(context, stack, count);
                expected[(context, stack)] = expected.GetValueOrDefault((context, stack)) + count;
            }

            Assert.Equal(expected.Count, pairs.Count);
            Assert.Equal(expected, pairs.All().ToDictionary(p => (p.Context, p.Stack), p => p.Hits));
        }, iter: 50);
}
