using BenchmarkDotNet.Attributes;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfEvents;

namespace Diagnose.Bench.Stages;

/// <summary>Records in a ring → fields and callchain halves, without looking anything up.</summary>
public class RingDecoding
{
    private byte[] _ring = [];

    /// <summary><c>recorded</c>: bytes of a real kernel over and over; <c>generated</c>: longer chains of many kinds.</summary>
    [Params("recorded", TraceInput.Generated)]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _ring = Input == TraceInput.Generated ? RingInput.Make(1 << 16)
            : [.. Enumerable.Repeat(RecordedRing.Hits, 1000).SelectMany(bytes => bytes)];
        long hits = 0;
        for (var reader = new RecordReader(_ring); reader.MoveNext(); hits++)
            continue;
        Workload.Declare<RingDecoding>(hits, "hits", _ring.Length, Input);
    }

    [Benchmark]
    public ulong Decode()
    {
        ulong sum = 0;
        var reader = new RecordReader(_ring);
        while (reader.MoveNext())
        {
            if (!RecordedRing.HitLayout.TryParseSample(reader.Current, out SampleRecord sample))
                continue;
            var split = new CallchainSplit(sample.Callchain);
            sum += sample.Time + sample.Cgroup + (ulong)(sample.Pid + sample.Tid + sample.Cpu + split.Kernel.Length + split.User.Length);
        }

        return sum;
    }
}
