using System.Collections.Concurrent;
using BenchmarkDotNet.Running;

namespace Diagnose.Bench.Stages.Output;

/// <summary>How much one operation of a benchmark works through.</summary>
/// <param name="Items">How many hits; or lookups, or frames.</param>
/// <param name="Unit">What they are.</param>
/// <param name="Bytes">The bytes that they take where the stage reads or writes them.</param>
internal sealed record Workload(long Items, string Unit, long Bytes)
{
    private static readonly ConcurrentDictionary<(Type, string), Workload> s_declared = [];

    /// <summary>Called by a benchmark's setup, which alone knows its input.</summary>
    /// <param name="input">The value of its parameter, where its input depends on one.</param>
    public static void Declare<TStage>(long items, string unit, long bytes, string input = "") =>
        s_declared[(typeof(TStage), input)] = new Workload(items, unit, bytes);

    public static Workload? Of(BenchmarkCase benchmark)
    {
        string input = benchmark.Parameters.Items.FirstOrDefault(item => item.Name == "Input")?.Value as string ?? "";
        return s_declared.GetValueOrDefault((benchmark.Descriptor.Type, input));
    }
}
