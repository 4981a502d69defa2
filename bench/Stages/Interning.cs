using BenchmarkDotNet.Attributes;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Recording;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages;

/// <summary>Records in a ring → ids: what the recorder does for a hit whose chain it has seen before.</summary>
public class Interning
{
    private readonly RecorderInput _input = new();
    private byte[] _ring = [];

    [GlobalSetup]
    public void Setup()
    {
        // Whole blocks, so that each round begins a new one and its times do not run back within a block.
        _ring = RingInput.Make(2 * HitBlockBuilder.Capacity);
        Workload.Declare<Interning>(2 * HitBlockBuilder.Capacity, "hits", _ring.Length);
        Record();
    }

    [GlobalCleanup]
    public void Cleanup() => _input.Dispose();

    /// <summary>Callchain → stack id alone.</summary>
    [Benchmark]
    public long Intern()
    {
        long sum = 0;
        var reader = new RecordReader(_ring);
        while (reader.MoveNext())
        {
            if (!RecordedRing.HitLayout.TryParseSample(reader.Current, out SampleRecord sample))
                continue;
            TracedThread thread = _input.Processes.Thread(sample.Pid, sample.Tid);
            sum += _input.Stacks.Intern(sample.Callchain, thread.Process);
        }

        return sum;
    }

    /// <summary>All that the recorder does: decoding, context, stack, trace (into no file).</summary>
    [Benchmark]
    public void Record()
    {
        var reader = new RecordReader(_ring);
        while (reader.MoveNext())
            _input.Recorder.Sample(reader.Current, RecordedRing.HitLayout);
    }
}
