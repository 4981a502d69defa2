using BenchmarkDotNet.Attributes;
using Diagnose.Bench.Stages.Inputs;
using Diagnose.Bench.Stages.Output;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.Unwind;
using Diagnose.Formats.Unwind;
using Diagnose.Formats.Unwind.X64;

namespace Diagnose.Bench.Stages;

/// <summary>Copied stacks → callchains, of python3 as perf recorded it.</summary>
public class Unwinding
{
    private readonly ulong[] _frames = new ulong[256];
    private RecordedStacks _stacks = null!;
    private SampledStacks _samples = null!;
    private Unwinder<X64Registers> _unwinder = null!;

    [GlobalSetup]
    public void Setup()
    {
        _stacks = new RecordedStacks("python");
        _samples = new SampledStacks("python.data.gz");
        _unwinder = new Unwinder<X64Registers>();
        int[] depths = new int[_stacks.Stacks.Count];
        for (int i = 0; i < depths.Length; i++)
        {
            depths[i] = _stacks.Unwind(_unwinder, i, _frames, out UnwindEnd end);
            if (end != new UnwindEnd(UnwindStop.ReachedOutermost, false))
                throw new InvalidDataException($"stack {i} is not whole: {end}");
        }

        if (Warm() != depths.Sum() || OfSamples() != depths.Sum())
            throw new InvalidDataException("the same stacks have other frames");
        Array.Sort(depths);
        Console.WriteLine($"// {depths.Length} stacks, {depths[0]} to {depths[^1]} frames, {depths[depths.Length / 2]} in the median");
        Workload.Declare<Unwinding>(depths.Length, "stacks", 0);
    }

    [Benchmark]
    public int Warm() => All(_unwinder);

    [Benchmark]
    public int OfSamples()
    {
        int frames = 0;
        foreach (byte[] record in _samples.Records)
            frames += _samples.Layout.TryParseUserContext(record, out UserContext context) ? _samples.Unwind(context, _frames) : 0;
        return frames;
    }

    [Benchmark]
    public int Cold() => All(new Unwinder<X64Registers>(1 << 12));

    private int All(Unwinder<X64Registers> unwinder)
    {
        int frames = 0;
        for (int i = 0; i < _stacks.Stacks.Count; i++)
            frames += _stacks.Unwind(unwinder, i, _frames, out _);
        return frames;
    }
}
