using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Tests.Hits;

/// <summary>A trace written for a test, complete with its end.</summary>
internal static class SyntheticTrace
{
    public static byte[] Write(Action<TraceWriter> content)
    {
        using var file = new MemoryStream();
        using var writer = new TraceWriter(file);
        content(writer);
        writer.Finish();
        return file.ToArray();
    }

    public static TraceReader Open(byte[] file)
    {
        Assert.True(TraceReader.TryOpen(new FileInMemory(file), out TraceReader reader, out string? error), error);
        return reader;
    }
}
