using System.Buffers;
using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfEvents;
using ZstdSharp;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// The records inside PERF_RECORD_COMPRESSED. All payloads of a file are one zstd stream, flushed but not ended at the
/// end of each, and a record may begin in one and end in a later one (<c>zstd_compress_stream_to_records()</c> in
/// <c>tools/perf/util/zstd.c</c>).
/// </summary>
internal sealed class CompressedRecords(IFileBytes bytes, RecordChunks chunks, ByteOrder order) : IDisposable
{
    private readonly Decompressor decompressor = new();
    private int chunk = RecordPlace.File;
    private int next, filled;
    private long input;
    private int inputLeft;
    private bool mayHoldMore;

    /// <summary>What is wrong with the stream, once <see cref="TryTake"/> has failed for it.</summary>
    public string? Error { get; private set; }

    /// <summary>Where the payload at hand begins.</summary>
    public long PayloadOffset { get; private set; }

    /// <summary>Bytes of a record whose end has not come yet.</summary>
    public int Pending => filled - next;

    /// <summary>Goes on with the payload of the next compressed record, after all of the one before was taken.</summary>
    public void Feed(long offset, int length)
    {
        PayloadOffset = input = offset;
        inputLeft = length;
    }

    /// <summary>The next whole record; false when the payload is used up, or at damage.</summary>
    public bool TryTake(out RecordPlace place, out Span<byte> record)
    {
        record = default;
        while (!TryTakeWhole(out place, out record))
        {
            if (Error is not null || (inputLeft == 0 && !mayHoldMore) || !Inflate()) return false;
        }

        return true;
    }

    public void Dispose() => decompressor.Dispose();

    private bool TryTakeWhole(out RecordPlace place, out Span<byte> record)
    {
        place = default;
        record = default;
        if (Pending < RecordReader.HeaderSize) return false;
        var rest = chunks[chunk].AsSpan(next, Pending);
        int size = order.U16(rest[6..]);
        if (size < RecordReader.HeaderSize)
        {
            Error = $"record size {size} inside compressed data is less than its header";
            return false;
        }

        if (size > rest.Length) return false;
        place = new RecordPlace(chunk, next);
        record = rest[..size];
        next += size;
        return true;
    }

    private bool Inflate()
    {
        if (chunk == RecordPlace.File || filled == RecordChunks.Size) NextChunk();
        var status = decompressor.UnwrapStream(bytes.Slice(input, inputLeft), chunks[chunk].AsSpan(filled), out var used, out var made);
        input += used;
        inputLeft -= used;
        filled += made;
        // A full chunk may have stopped the decoder in the midst of what it has.
        mayHoldMore = filled == RecordChunks.Size;
        if (status != OperationStatus.InvalidData && (used != 0 || made != 0)) return true;
        if (status == OperationStatus.InvalidData || inputLeft != 0) Error = "compressed data is damaged";
        return false;
    }

    private void NextChunk()
    {
        var fresh = chunks.Rent();
        var pending = Pending;
        if (chunk != RecordPlace.File)
        {
            chunks[chunk].AsSpan(next, pending).CopyTo(chunks[fresh]);
            chunks.Release(chunk);
        }

        (chunk, next, filled) = (fresh, 0, pending);
    }
}
