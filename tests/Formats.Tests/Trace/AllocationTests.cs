using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

public class AllocationTests
{
    [Fact]
    public void Adding_hits_allocates_nothing()
    {
        using var writer = new TraceWriter(Stream.Null);
        AddBlocks(writer, 3);
        Assert.InRange(Allocated.LeastOf(() => AddBlocks(writer, 4)), 0, 1024);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decoding_hits_allocates_nothing(bool withTimes)
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        AddBlocks(writer, 4);
        writer.Finish();
        TraceReader reader = TraceSample.Open(file.ToArray());
        using var block = new HitBlockReader();
        Decode(reader, block, withTimes);
        Assert.InRange(Allocated.LeastOf(() => Decode(reader, block, withTimes)), 0, 1024);
    }

    private static void AddBlocks(TraceWriter writer, int blocks)
    {
        for (int i = 0; i < blocks * HitBlockBuilder.Capacity; i++)
            writer.AddHit((ulong)(i * 1000 + i % 7), i / 50 % 4, 1, 1 + i / 100 % 30, 1 + i * 31 % 2000);
        writer.Flush();
    }

    private static void Decode(TraceReader reader, HitBlockReader block, bool withTimes)
    {
        for (int i = 0; i < reader.HitBlocks.Count; i++)
            Assert.True(reader.TryReadHits(reader.HitBlocks[i], block, withTimes));
    }
}
