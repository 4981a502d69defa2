using CsCheck;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Tests.Trace;

public class SegmentTests
{
    private static readonly Gen<(int Seed, int Hits, int Stacks, int FlushEvery)> s_content =
        Gen.Select(Gen.Int, Gen.Int[0, 400], Gen.Int[1, 80], Gen.Int[1, 200]);

    [Fact]
    public void Segments_of_one_writer_come_back_each_with_its_own_definitions() =>
        s_content.Array[1, 6].Sample(contents =>
        {
            using var file = new MemoryStream();
            using var writer = new TraceWriter(file);
            var written = new List<List<SampleHit>>();
            foreach (var content in contents)
            {
                if (written.Count > 0)
                    writer.BeginSegment(file);
                TraceSample.Fill(writer, content.Seed, content.Hits, content.Stacks, content.FlushEvery, out List<SampleHit> hits);
                written.Add(hits);
            }

            List<TraceReader> segments = TraceSample.Segments(file.ToArray());
            Assert.Equal(contents.Length, segments.Count);
            foreach (((TraceReader segment, List<SampleHit> hits), var content) in segments.Zip(written).Zip(contents))
            {
                AssertWhole(segment, hits);
                // Forgetting is complete: a segment says the same as a trace of its own.
                byte[] alone = TraceSample.Write(content.Seed, content.Hits, content.Stacks, content.FlushEvery, out _);
                AssertSame(TraceSample.Open(alone), segment);
            }
        }, iter: 50);

    [Fact]
    public void Segments_in_streams_of_their_own_are_traces_that_can_be_joined() =>
        s_content.Array[2, 5].Sample(contents =>
        {
            List<MemoryStream> files = [];
            using var together = new MemoryStream();
            using var joined = new TraceWriter(together);
            TraceWriter? apart = null;
            foreach (var content in contents)
            {
                files.Add(new MemoryStream());
                if (apart is null)
                {
                    apart = new TraceWriter(files[^1]);
                }
                else
                {
                    apart.BeginSegment(files[^1]);
                    joined.BeginSegment(together);
                }

                TraceSample.Fill(apart, content.Seed, content.Hits, content.Stacks, content.FlushEvery, out List<SampleHit> hits);
                TraceSample.Fill(joined, content.Seed, content.Hits, content.Stacks, content.FlushEvery, out _);
                Assert.Equal(apart.SegmentBytes, files[^1].Length);
                AssertWhole(Assert.Single(TraceSample.Segments(files[^1].ToArray())), hits);
            }

            Assert.Equal(together.ToArray(), files.SelectMany(f => f.ToArray()));
            Assert.Equal(apart!.BytesWritten, together.Length);
            Assert.Equal(contents.Sum(c => c.Hits), (long)apart.Hits);
            Assert.Equal(apart.Hits, apart.HitsWritten);
            apart.Dispose();
        }, iter: 30);

    [Fact]
    public void Traces_put_one_behind_the_other_are_a_trace() =>
        s_content.Array[2, 6].Sample(contents =>
        {
            List<byte[]> files = [];
            List<List<SampleHit>> written = [];
            foreach (var content in contents)
            {
                files.Add(TraceSample.Write(content.Seed, content.Hits, content.Stacks, content.FlushEvery, out List<SampleHit> hits));
                written.Add(hits);
            }

            List<TraceReader> segments = TraceSample.Segments([.. files.SelectMany(f => f)]);
            Assert.Equal(files.Count, segments.Count);
            foreach ((TraceReader segment, List<SampleHit> hits) in segments.Zip(written))
                AssertWhole(segment, hits);
        }, iter: 50);

    [Fact]
    public void A_segment_gives_ids_from_1_again_and_leaves_the_strings_before_to_be_asked()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        Assert.Equal([1, 2], new[] { writer.Definitions.String("first"), writer.Definitions.String("second") });
        writer.Finish();
        ByteInterner before = writer.BeginSegment(file);
        Assert.Equal("second"u8, before[2]);
        Assert.Equal(1, writer.Definitions.String("second"));
        Assert.Equal(1, writer.Definitions.Frame(new FrameRow(0, 7, FrameFlags.None)));
        Assert.Equal(FileHeader.Size, writer.SegmentBytes);
        writer.Finish();
        Assert.Equal("second"u8, TraceSample.Segments(file.ToArray())[1].Definitions.String(1));
    }

    [Fact]
    public void A_segment_must_be_finished_before_the_next()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        writer.AddHit(1, 0, 1, 1, 1);
        Assert.Throws<InvalidOperationException>(() => writer.BeginSegment(file));
        writer.Flush();
        writer.Definitions.String("x");
        Assert.Throws<InvalidOperationException>(() => writer.BeginSegment(file));
        writer.Finish();
        writer.BeginSegment(file);
    }

    [Fact]
    public void Totals_are_those_of_the_segment()
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        foreach (int hits in new[] { 3, 5 })
        {
            for (int i = 0; i < hits; i++)
                writer.AddHit((ulong)i, 0, 1, 1, 1);
            writer.Finish();
            if (hits == 3)
                writer.BeginSegment(file);
        }

        Assert.Equal([3UL, 5], TraceSample.Segments(file.ToArray()).Select(s => s.End[EndCounter.Hits]));
        Assert.All(TraceSample.Segments(file.ToArray()), s => Assert.Equal(1UL, s.End[EndCounter.HitBlocks]));
        Assert.Equal(8UL, writer.HitsWritten);
    }

    private static void AssertWhole(TraceReader segment, List<SampleHit> written)
    {
        Assert.Empty(segment.Damage);
        Assert.True(segment.IsComplete);
        Assert.Equal((ulong)written.Count, segment.End[EndCounter.Hits]);
        Assert.Equal(TraceSample.Sorted(written), TraceSample.Sorted(TraceSample.ReadHits(segment)));
    }

    private static void AssertSame(TraceReader expected, TraceReader actual)
    {
        foreach (TableId table in Enum.GetValues<TableId>())
        {
            Assert.Equal(expected.Definitions[table].Count, actual.Definitions[table].Count);
            for (int id = 1; id < expected.Definitions[table].Count; id++)
            {
                for (int column = 0; column < TableSchema.Columns(table).Length; column++)
                    Assert.True(expected.Definitions[table][id, column] == actual.Definitions[table][id, column]);
            }
        }

        for (int id = 1; id < expected.Definitions[TableId.Strings].Count; id++)
            Assert.True(expected.Definitions.String(id).SequenceEqual(actual.Definitions.String(id)));
    }
}
