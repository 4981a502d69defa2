using System.IO.Compression;
using System.Text;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfData;

namespace Diagnose.Formats.Tests.PerfData;

/// <summary>A file that perf 6.1 recorded, and what perf itself reads in it; both made by <c>record.sh</c>.</summary>
internal sealed class RecordedFile(string name)
{
    public static IEnumerable<string> Names => ["single", "several", "pipe", "zstd", "dwarf", "fields"];

    public byte[] Bytes { get; } = Read($"{name}.data.gz");

    public string[] Expected { get; } = Encoding.UTF8.GetString(Read($"{name}.expected.gz")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string[] ExpectedOf(string what) => [.. Expected.Where(line => line.StartsWith(what + ' ', StringComparison.Ordinal))];

    public static PerfDataReader Open(byte[] bytes, PerfDataLimits? limits = null, bool inOrder = true)
    {
        Assert.True(PerfDataReader.TryOpen(new FileInMemory(bytes), out var reader, out var error, limits, inOrder), error);
        return reader!;
    }

    private static byte[] Read(string file)
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "PerfData", file)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
