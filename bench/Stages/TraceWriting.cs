using BenchmarkDotNet.Attributes;
using Diagnose.Analyze.Hits;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages;

/// <summary>Hits as ids → compressed blocks. MB/s are of what is written.</summary>
public class TraceWriting
{
    private const int Hits = 16 * HitBlockBuilder.Capacity;

    private readonly List<Hit> _hits = [];
    private TraceWriter? _writer;

    [GlobalSetup]
    public void Setup()
    {
        _writer = new TraceWriter(Stream.Null);
        using var stream = new HitStream(TraceInput.Open(TraceInput.Bytes(TraceInput.Generated, Hits)));
        for (ReadOnlySpan<Hit> some = stream.Read(); !some.IsEmpty; some = stream.Read())
            _hits.AddRange(some);
        Write();
        long before = _writer.BytesWritten;
        Write();
        Workload.Declare<TraceWriting>(Hits, "hits", _writer.BytesWritten - before);
    }

    [GlobalCleanup]
    public void Cleanup() => _writer!.Dispose();

    [Benchmark]
    public void Write()
    {
        foreach (Hit hit in _hits)
            _writer!.AddHit(hit.Time, hit.Cpu, hit.Event, hit.Context, hit.Stack);
        _writer!.Flush();
    }
}
