using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Stacks;
using Diagnose.Analyze.Tests.Hits;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Stacks;

public class WantedEventsTests
{
    /// <summary>Hits of three events on two CPUs, whose runs and those of their contexts cut each other everywhere.</summary>
    private static TraceReader Trace()
    {
        byte[] bytes = SyntheticTrace.Write(writer =>
        {
            DefinitionWriter d = writer.Definitions;
            int[] events = [.. Enumerable.Range(1, 3).Select(i => d.Event(new EventRow(d.String($"e{i}"), EventKind.Other, 1)))];
            int[] contexts = [.. Enumerable.Range(1, 4).Select(i => d.Context(new ContextRow((uint)i, d.String($"t{i}"), 0, 0, 0)))];
            int[] stacks = [.. Enumerable.Range(1, 5).Select(i => d.Stack(new StackRow(d.Node(new NodeRow(0, d.Frame(new FrameRow(0, (ulong)i, 0)))), 0, 0)))];
            var random = new Random(1);
            for (int i = 0, context = 0; i < 3000; i++)
            {
                if (random.Next(5) == 0)
                    context = random.Next(4);
                writer.AddHit((ulong)i, random.Next(2), events[random.Next(3)], contexts[context], stacks[random.Next(5)]);
            }
        });
        Assert.True(TraceReader.TryOpen(new FileInMemory(bytes), out TraceReader reader, out string? error), error);
        return reader;
    }

    private static List<Hit> Hits(bool[]? wanted)
    {
        TraceReader trace = Trace();
        using var stream = new HitStream(trace, SegmentFilter.Of(trace.Definitions, HitFilters.None, wanted));
        List<Hit> all = [];
        for (ReadOnlySpan<Hit> hits = stream.Read(); !hits.IsEmpty; hits = stream.Read())
            all.AddRange(hits);
        return all;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(0)]
    public void Only_their_hits_are_given_and_counted(int which)
    {
        bool[] wanted = [false, (which & 1) != 0, (which & 2) != 0, (which & 4) != 0];
        List<Hit> expected = [.. Hits(null).Where(hit => wanted[hit.Event])];
        Assert.Equal(expected, Hits(wanted));
        Assert.Equal(3000, Hits(null).Count);

        using var block = new HitBlockReader();
        TraceReader trace = Trace();
        var counter = new HitCounter(new PlacesInGraph(trace.Definitions), SegmentFilter.Of(trace.Definitions, HitFilters.None, wanted));
        foreach (HitBlockPlace place in trace.HitBlocks)
        {
            Assert.True(trace.TryReadHits(place, block, withTimes: false));
            counter.Add(block);
        }

        Assert.Equal(expected.Count, counter.Hits);
        Assert.Equal(expected.GroupBy(h => h.Event).ToDictionary(g => g.Key, g => (long)g.Count()), counter.Events);
        Assert.Equal(expected.GroupBy(h => (h.Context, h.Stack)).Select(g => (g.Key.Context, g.Key.Stack, (long)g.Count())).Order(),
            counter.Pairs.All().Order());
    }

    [Fact]
    public void An_event_that_the_trace_does_not_define_is_not_wanted() => Assert.Empty(Hits([false]));
}
