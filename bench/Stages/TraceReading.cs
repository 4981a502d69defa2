using BenchmarkDotNet.Attributes;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages;

/// <summary>Compressed blocks → columns of ids, checksums checked.</summary>
public class TraceReading
{
    private readonly HitBlockReader _block = new();
    private TraceReader? _trace;

    [GlobalSetup]
    public void Setup()
    {
        byte[] bytes = TraceInput.Bytes(TraceInput.Generated, 2_000_000);
        _trace = TraceInput.Open(bytes);
        Workload.Declare<TraceReading>(TraceInput.Hits(_trace), "hits", bytes.Length);
    }

    [GlobalCleanup]
    public void Cleanup() => _block.Dispose();

    /// <summary>What folding needs.</summary>
    [Benchmark]
    public long WithoutTimes() => Read(withTimes: false);

    /// <summary>What the report needs.</summary>
    [Benchmark]
    public long WithTimes() => Read(withTimes: true);

    private long Read(bool withTimes)
    {
        long hits = 0;
        foreach (HitBlockPlace place in _trace!.HitBlocks)
            hits += _trace.TryReadHits(place, _block, withTimes) ? _block.Count : throw new InvalidDataException();
        return hits;
    }
}
