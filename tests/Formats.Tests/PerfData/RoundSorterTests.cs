using CsCheck;
using Diagnose.Formats.PerfData;

namespace Diagnose.Formats.Tests.PerfData;

public class RoundSorterTests
{
    [Fact]
    public void What_comes_out_is_a_stable_sort_by_time() =>
        Gen.ULong[1, 50].Array[0, 200].Sample(times =>
        {
            var sorter = new RoundSorter(1000);
            for (var i = 0; i < times.Length; i++) Assert.True(sorter.Add(new HeldRecord(times[i], i, -1, 0)));
            sorter.Finish();
            Assert.Equal(times.Select((time, i) => (time, (long)i)).OrderBy(one => one.time), TakeAll(sorter));
            Assert.Equal(0, sorter.Count);
        });

    [Fact]
    public void Whatever_rounds_and_halves_let_out_is_everything_and_late_ones_are_told() =>
        Gen.Select(Gen.ULong[1, 50], Gen.Int[0, 9]).Array[0, 200].Sample(steps =>
        {
            var sorter = new RoundSorter(1000);
            var taken = new List<(ulong Time, long Index)>();
            for (var i = 0; i < steps.Length; i++)
            {
                var (time, step) = steps[i];
                var highest = taken.Count == 0 ? 0 : taken.Max(one => one.Time);
                Assert.Equal(time >= highest, sorter.Add(new HeldRecord(time, i, -1, 0)));
                if (step == 0) sorter.FinishRound();
                if (step == 1) sorter.LetOutHalf();
                taken.AddRange(TakeAll(sorter));
            }

            sorter.Finish();
            taken.AddRange(TakeAll(sorter));
            Assert.Equal(Enumerable.Range(0, steps.Length).Select(i => (steps[i].Item1, (long)i)), taken.OrderBy(one => one.Index));
        });

    private static List<(ulong Time, long Index)> TakeAll(RoundSorter sorter)
    {
        var taken = new List<(ulong, long)>();
        while (sorter.TryTake(out var held)) taken.Add((held.Time, held.Offset));
        return taken;
    }
}
