using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.Tests.PerfEvents;

public class AllocationTests
{
    [Fact]
    public void Decoding_a_ring_costs_no_memory()
    {
        byte[] ring = RecordedRing.Hits;
        long frames = 0;
        long least = Allocated.LeastOf(() =>
        {
            for (int round = 0; round < 500; round++)
                frames += Decode(ring);
        });
        Assert.Equal(0, least);
        Assert.NotEqual(0, frames);
    }

    private static int Decode(ReadOnlySpan<byte> ring)
    {
        int frames = 0;
        var reader = new RecordReader(ring);
        while (reader.MoveNext())
        {
            Assert.True(RecordedRing.HitLayout.TryGetTime(reader.Current, out _));
            if (!RecordedRing.HitLayout.TryParseSample(reader.Current, out SampleRecord sample))
                continue;
            var split = new CallchainSplit(sample.Callchain);
            frames += split.Kernel.Length + split.User.Length;
        }

        return frames;
    }
}
