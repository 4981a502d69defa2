using Diagnose.Bench.Generate;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages.Inputs;

/// <summary>Traces to read, made or copied when a benchmark starts.</summary>
internal static class TraceInput
{
    /// <summary>The input that is made by the generator; others are names of files in samples/.</summary>
    public const string Generated = "generated";

    public static byte[] Bytes(string name, int hits)
    {
        if (name != Generated)
            return File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "samples", name));
        using var trace = new MemoryStream();
        TraceGenerator.Write(new TraceShape { Hits = hits }, trace);
        return trace.ToArray();
    }

    public static TraceReader Open(byte[] trace) =>
        TraceReader.TryOpen(new FileInMemory(trace), out TraceReader reader, out string? error)
            ? reader : throw new InvalidDataException(error);

    public static long Hits(TraceReader trace) => trace.HitBlocks.Sum(place => (long)place.Header.Items);
}
