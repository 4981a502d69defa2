using BenchmarkDotNet.Attributes;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Stacks;
using Diagnose.Bench.Generate;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages;

/// <summary>
/// A trace in a mapped file → counted stacks with their names: opening, definitions, decoding and counting, as
/// <c>flame</c> does them, and nothing kept from one round to the next.
/// </summary>
public class Folding
{
    /// <summary>Names and the graph cost the same for any number: enough hits that decoding and counting are what is measured.</summary>
    private const int Hits = 50_000_000;

    private readonly string _path = Path.GetTempFileName();

    /// <summary><c>many stacks</c>: a busy server; <c>few stacks</c>: one program that makes the same system calls over and over.</summary>
    [Params("many stacks", "few stacks")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        using FileStream file = File.Create(_path);
        var shape = new TraceShape { Hits = Hits };
        if (Input == "few stacks")
            shape = shape with { Stacks = 200, Threads = 10 };
        Workload.Declare<Folding>(Hits, "hits", TraceGenerator.Write(shape, file), Input);
    }

    [GlobalCleanup]
    public void Cleanup() => File.Delete(_path);

    [Benchmark]
    public long OneCore() => Fold(workers: 1);

    [Benchmark]
    public long AllCores() => Fold(workers: 0);

    private long Fold(int workers)
    {
        using var file = new MappedFile(_path);
        var segments = new TraceSegments(file);
        var tree = new FlameTree(new NameTable());
        long hits = 0;
        while (segments.TryNext(out TraceReader? segment))
            hits += new TraceFolder(segment, tree).Fold(workers);
        return hits == Hits ? tree.Count : throw new InvalidDataException();
    }
}
