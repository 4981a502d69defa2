using BenchmarkDotNet.Attributes;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Report;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages;

/// <summary>A trace in memory → the documented text, in time order. MB/s are of the text.</summary>
public class ReportWriting
{
    private TraceReader? _trace;

    [Params(TraceInput.Generated, "hrtimer_interrupt.dtt")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _trace = TraceInput.Open(TraceInput.Bytes(Input, 500_000));
        using var text = new CountingStream();
        using (var output = new StreamBuffer(text))
            new TraceReport(_trace).Write(output);
        Workload.Declare<ReportWriting>(TraceInput.Hits(_trace), "hits", text.Length, Input);
    }

    [Benchmark]
    public long Write()
    {
        using var output = new StreamBuffer(Stream.Null);
        return new TraceReport(_trace!).Write(output);
    }
}
