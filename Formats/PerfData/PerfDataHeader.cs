using System.Numerics;
using Diagnose.Formats.Bytes;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// <c>struct perf_file_header</c> (file mode) or <c>struct perf_pipe_file_header</c> (pipe mode), from
/// perf.data-file-format.txt. The magic is that of version 2; version 1 (before Linux 2.6.38) is not read.
/// </summary>
public sealed class PerfDataHeader
{
    /// <summary>Bytes of the header that <c>perf record -o -</c> writes: magic and size.</summary>
    public const int PipeSize = 16;

    /// <summary>Bytes of the header in file mode.</summary>
    public const int FileSize = 104;

    /// <summary>Bytes before the feature bitmap, which the oldest files lack.</summary>
    private const int WithoutFeatures = 72;

    private readonly ulong[] features = new ulong[4];

    private PerfDataHeader(ByteOrder order) => Order = order;

    public ByteOrder Order { get; }

    /// <summary>True when records follow at once, and describe themselves.</summary>
    public bool IsPipe { get; private init; }

    /// <summary>Bytes of each attribute in <see cref="Attrs"/>, its section of ids included.</summary>
    public ulong AttrSize { get; private init; }

    public FileSection Attrs { get; private init; }

    public FileSection Data { get; private init; }

    /// <summary>Whether the bitmap has the bit of <paramref name="feature"/> (0 to 255).</summary>
    public bool Has(FeatureKind feature) => (features[(int)feature >> 6] >> ((int)feature & 63) & 1) != 0;

    /// <summary>Whether a file that starts like this is perf.data, of whatever version and byte order.</summary>
    public static bool LooksLikePerfData(ReadOnlySpan<byte> start) =>
        start.StartsWith("PERFILE2"u8) || start.StartsWith("2ELIFREP"u8) || start.StartsWith("PERFFILE"u8) || start.StartsWith("ELIFFREP"u8);

    /// <summary>Reads the header; false, with the reason, when the file cannot be read at all.</summary>
    public static bool TryRead(IFileBytes bytes, out PerfDataHeader? header, out string? error)
    {
        header = null;
        error = null;
        var start = bytes.Slice(0, FileSize);
        if (!LooksLikePerfData(start)) return Fail("offset 0: not perf.data: the magic PERFILE2 is missing", out error);
        if (start.StartsWith("PERFFILE"u8) || start.StartsWith("ELIFFREP"u8))
            return Fail("offset 0: perf.data of version 1 (Linux 2.6) is not read", out error);
        if (start.Length < PipeSize) return Fail($"offset 0: header is cut short at {start.Length} bytes", out error);

        var order = new ByteOrder(start[0] == (byte)'2');
        var size = order.U64(start[8..]);
        if (size == PipeSize)
        {
            header = new PerfDataHeader(order) { IsPipe = true };
            return true;
        }

        if (size < WithoutFeatures) return Fail($"offset 8: header size {size} is neither that of a file nor that of a pipe", out error);
        if (start.Length < FileSize) return Fail($"offset 0: header is cut short at {start.Length} of {FileSize} bytes", out error);
        header = new PerfDataHeader(order)
        {
            AttrSize = order.U64(start[16..]),
            Attrs = FileSection.Read(start[24..], order),
            Data = FileSection.Read(start[40..], order),
        };
        if (size >= FileSize) header.ReadFeatures(start[WithoutFeatures..]);
        return true;
    }

    // The bitmap is an array of unsigned long: a big-endian machine of 32 bits has its halves the other way round. Every
    // perf since 2.6.34 sets HOSTNAME, so that bit tells.
    private void ReadFeatures(ReadOnlySpan<byte> bitmap)
    {
        for (var word = 0; word < features.Length; word++) features[word] = Order.U64(bitmap[(word * 8)..]);
        if (!Order.IsBigEndian || Has(FeatureKind.Hostname)) return;
        if ((features[0] >> 32 >> (int)FeatureKind.Hostname & 1) == 0) return;
        for (var word = 0; word < features.Length; word++) features[word] = BitOperations.RotateLeft(features[word], 32);
    }

    private static bool Fail(string reason, out string? error)
    {
        error = reason;
        return false;
    }
}
