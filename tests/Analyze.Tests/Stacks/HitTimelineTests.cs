using CsCheck;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Tests.Stacks;

public sealed class HitTimelineTests
{
    private static MergedStacks Nodes(int count)
    {
        var tree = new FlameTree(new NameTable());
        for (int i = 0; i < count; i++)
            tree.Child(FlameTree.Root, tree.Names.Intern([(byte)('z' - i)]), FrameKind.User);
        return tree.Merge();
    }

    private static HitTimeline Count((int Node, ulong Time, long Hits)[] hits)
    {
        var timeline = new HitTimeline();
        foreach ((int node, ulong time, long many) in hits)
            timeline.Add(node, time, many);
        return timeline;
    }

    [Fact]
    public void The_order_of_hits_does_not_matter_and_none_is_lost() =>
        Gen.Select(Gen.Int[1, 5], Gen.OneOf(Gen.ULong[1, 3000], Gen.ULong[1_790_000_000_000_000, 1_790_000_900_000_000], Gen.Const(0UL)), Gen.Long[1, 9]).Array[1, 60].Sample(hits =>
        {
            MergedStacks stacks = Nodes(5);
            HitTimeline one = Count(hits), other = Count([.. hits.Reverse()]);
            Assert.Equal((one.Shift, one.First, one.Slots, one.Untimed), (other.Shift, other.First, other.Slots, other.Untimed));
            Assert.Equal(one.Counts(stacks), other.Counts(stacks));
            Assert.InRange(one.Slots, 0, HitTimeline.MostSlots);
            Assert.Equal(hits.Sum(hit => hit.Item3), one.Untimed + one.Counts(stacks).Sum(count => count.Hits));
            // Each hit is in the slot of its time, under its node's place: names were given in falling order.
            foreach ((int node, ulong time, long _) in hits.Where(hit => hit.Item2 > 0))
                Assert.Contains(one.Counts(stacks), count => count.Slot == ((long)time >> one.Shift) - one.First && count.Node == 6 - node);
        });

    [Fact]
    public void Slots_are_no_longer_than_they_must_be()
    {
        var timeline = new HitTimeline();
        timeline.Add(1, 5_000_000);
        Assert.Equal((0, 1), (timeline.Shift, timeline.Slots));
        timeline.Add(1, 5_000_000 + HitTimeline.MostSlots - 1);
        Assert.Equal((0, HitTimeline.MostSlots), (timeline.Shift, timeline.Slots));
        timeline.Add(1, 5_000_000 - 1);
        Assert.Equal(1, timeline.Shift);
        Assert.InRange(timeline.Slots, HitTimeline.MostSlots / 2, HitTimeline.MostSlots / 2 + 1);
    }

    [Theory]
    [InlineData(253_402_300_799_999_999, 0)]
    [InlineData(253_402_300_800_000_000, 1)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(ulong.MaxValue, 1)]
    public void After_the_year_9999_there_is_no_time(ulong microseconds, long untimed)
    {
        HitTimeline timeline = Count([(1, 1_790_000_000_000_000, 1), (1, microseconds, 1)]);
        Assert.Equal(untimed, timeline.Untimed);
        Assert.Equal(2, untimed + timeline.Counts(Nodes(1)).Sum(count => count.Hits));
    }

    [Fact]
    public void Memory_has_a_bound_however_many_stacks_there_are()
    {
        var timeline = new HitTimeline();
        for (int i = 0; i < 3_000_000; i++)
            timeline.Add(i % 9973, 1_000_000 + (ulong)i);
        Assert.InRange(timeline.Slots, 32, 512);
        Assert.Equal(0, timeline.Untimed);
    }
}
