using BenchmarkDotNet.Attributes;
using Diagnose.Analyze.Flame;
using Diagnose.Analyze.Stacks;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;

namespace Diagnose.Bench.Stages;

/// <summary>Counted stacks → SVG: merging, layout and text. Frames are those of the merged tree, drawn or too thin; MB/s are of the SVG.</summary>
public class SvgDrawing
{
    private readonly FlameTree _tree = new(new NameTable());

    [Params(TraceInput.Generated, "hrtimer_interrupt.dtt")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        new TraceFolder(TraceInput.Open(TraceInput.Bytes(Input, 1_000_000)), _tree).Fold();
        using var svg = new CountingStream();
        SvgWriter.Write(_tree.Merge(), new FlameOptions(), svg);
        Workload.Declare<SvgDrawing>(_tree.Count - 1, "frames", svg.Length, Input);
    }

    [Benchmark]
    public void Draw() => SvgWriter.Write(_tree.Merge(), new FlameOptions(), Stream.Null);
}
