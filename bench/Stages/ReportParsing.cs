using BenchmarkDotNet.Attributes;
using Diagnose.Analyze.Output;
using Diagnose.Analyze.Report;
using Diagnose.Analyze.Stacks;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages;

/// <summary>The documented text → hits, or folded stacks.</summary>
public class ReportParsing
{
    private byte[] _text = [];

    [Params(TraceInput.Generated, "hrtimer_interrupt.dtt")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        TraceReader trace = TraceInput.Open(TraceInput.Bytes(Input, 50_000));
        using var text = new MemoryStream();
        using (var output = new StreamBuffer(text))
            new TraceReport(trace).Write(output);
        _text = text.ToArray();
        Workload.Declare<ReportParsing>(TraceInput.Hits(trace), "hits", _text.Length, Input);
    }

    /// <summary>Finds the hits and takes every frame line apart.</summary>
    [Benchmark]
    public ulong Read()
    {
        ulong sum = 0;
        var reader = new ReportReader(_text, isLast: true, new ReportDamage());
        while (reader.TryRead(out ReportHit hit))
        {
            ReportLines lines = hit.Lines;
            while (lines.TryRead(out ReportLine line))
            {
                if (line.Kind is ReportLineKind.Kernel or ReportLineKind.User && ReportFrame.TryParse(line.Text, out ReportFrame frame, out _))
                    sum += frame.Address;
            }
        }

        return sum;
    }

    /// <summary>What <c>flame</c> does with a report.</summary>
    [Benchmark]
    public long Fold()
    {
        var folder = new ReportFolder(new FlameTree(new NameTable()), new ReportDamage());
        long line = 1;
        folder.Fold(_text, isLast: true, offset: 0, ref line);
        return folder.Hits;
    }
}
