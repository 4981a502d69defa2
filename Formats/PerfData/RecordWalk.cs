using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>What a step of <see cref="RecordWalk"/> came upon.</summary>
internal enum WalkStep
{
    Record,
    FinishedRound,
    End,
}

/// <summary>
/// Walks the data section in the order of the file: gives kernel records in this machine's byte order, takes in those
/// of perf(1), unpacks the compressed ones, skips and counts what is not known. Damage to the frame of records ends it.
/// </summary>
internal sealed class RecordWalk(
    IFileBytes bytes, PerfDataHeader header, FileSection data, EventTable events, UserRecords user, RecordChunks chunks,
    PerfDataCounts counts, DamageLog damage) : IDisposable
{
    private const uint LastKernelKind = (uint)RecordKind.AuxOutputHwId;
    private readonly long end = (long)(data.Offset + data.Size);
    private readonly ByteOrder order = header.Order;
    private readonly CopiedRecords copies = new(chunks);
    private CompressedRecords? compressed;
    private long next = (long)data.Offset;
    private long offset;

    /// <summary>Where the record of the last step lies.</summary>
    public RecordPlace Place { get; private set; }

    /// <summary>Event of the record of the last step; it has a layout.</summary>
    public PerfDataEvent Event { get; private set; } = null!;

    /// <summary>Its time; 0 when it has none.</summary>
    public ulong Time { get; private set; }

    /// <summary>Where in the file the walk goes on.</summary>
    public long NextOffset => next;

    public WalkStep MoveNext()
    {
        while (true)
        {
            ReadOnlySpan<byte> record;
            RecordPlace place;
            Span<byte> unpacked = default;
            if (compressed is not null && compressed.TryTake(out place, out unpacked)) record = unpacked;
            else if (compressed?.Error is { } error) return Damaged(compressed.PayloadOffset - RecordReader.HeaderSize, error);
            else if (TryTakeFromFile(out record)) place = new RecordPlace(RecordPlace.File, offset);
            else return WalkStep.End;

            var kind = order.U32(record);
            if (kind - 1 < LastKernelKind)
            {
                counts.Add(kind, known: true);
                if (Accept(record, unpacked, place, (RecordKind)kind)) return WalkStep.Record;
                continue;
            }

            var known = kind is >= (uint)UserRecordKind.HeaderAttr and <= (uint)UserRecordKind.Compressed2;
            counts.Add(kind, known);
            if (!known) continue;
            if (kind == (uint)UserRecordKind.FinishedRound) return WalkStep.FinishedRound;
            if (place.Chunk != RecordPlace.File)
            {
                var at = compressed!.PayloadOffset - RecordReader.HeaderSize;
                if (IsFollowedByPayload(kind)) return Damaged(at, $"a record of kind {kind} inside compressed records");
                user.TakeIn((UserRecordKind)kind, record, at);
            }
            else if (!TakeIn((UserRecordKind)kind, record))
            {
                return WalkStep.End;
            }
        }
    }

    /// <summary>Says what is missing at the end, once <see cref="MoveNext"/> gave it.</summary>
    public void NoteCutEnd()
    {
        if (compressed is { Error: null, Pending: > 0 })
            damage.Add(compressed.PayloadOffset - RecordReader.HeaderSize, $"compressed records end with {compressed.Pending} bytes of an unfinished record");
    }

    public void Dispose() => compressed?.Dispose();

    private bool TryTakeFromFile(out ReadOnlySpan<byte> record)
    {
        record = default;
        var left = end - next;
        if (left == 0) return false;
        if (left < RecordReader.HeaderSize) return Cut($"{left} bytes are left where a record header has {RecordReader.HeaderSize}");
        record = bytes.Slice(next, (int)Math.Min(left, ushort.MaxValue));
        int size = order.U16(record[6..]);
        if (size < RecordReader.HeaderSize) return Cut($"record size {size} is less than its header");
        if (size > record.Length) return Cut($"record size {size} is more than the {left} bytes left");
        record = record[..size];
        offset = next;
        next += size;
        return true;

        bool Cut(string reason)
        {
            damage.Add(next, reason);
            next = end;
            return false;
        }
    }

    private bool Accept(ReadOnlySpan<byte> record, Span<byte> unpacked, RecordPlace place, RecordKind kind)
    {
        if (events.Find(record, kind == RecordKind.Sample, order) is not { } owner)
        {
            counts.UnknownId++;
            return false;
        }

        if (owner.Layout is not { } layout)
        {
            counts.UnknownLayout++;
            return false;
        }

        if (order.IsBigEndian)
        {
            if (unpacked.IsEmpty) unpacked = copies.Add(record, out place);
            RecordSwap.Swap(unpacked, layout);
            record = unpacked;
        }

        Place = place;
        Event = owner;
        Time = layout.TryGetTime(record, out var time) ? time : 0;
        return true;
    }

    // Also what itself is compressed.
    private static bool IsFollowedByPayload(uint kind) =>
        (UserRecordKind)kind is UserRecordKind.Compressed or UserRecordKind.Compressed2 or UserRecordKind.AuxTrace or UserRecordKind.HeaderTracingData;

    // False at the end: the payload that should follow is cut off.
    private bool TakeIn(UserRecordKind kind, ReadOnlySpan<byte> record)
    {
        switch (kind)
        {
            case UserRecordKind.Compressed:
                Feed(RecordReader.HeaderSize, (ulong)record.Length - RecordReader.HeaderSize);
                return true;
            case UserRecordKind.Compressed2:
                // With the length of the payload, which may be padded.
                const int start = RecordReader.HeaderSize + 8;
                var length = record.Length < start ? ulong.MaxValue : order.U64(record[RecordReader.HeaderSize..]);
                if (length > (ulong)Math.Max(0, record.Length - start)) counts.Malformed++;
                else Feed(start, length);
                return true;
            case UserRecordKind.AuxTrace:
                return SkipPayload(record.Length < 16 ? 0 : order.U64(record[8..]));
            case UserRecordKind.HeaderTracingData:
                return SkipPayload(record.Length < 12 ? 0 : order.U32(record[8..]));
            default:
                user.TakeIn(kind, record, offset);
                return true;
        }
    }

    private void Feed(int start, ulong length) =>
        (compressed ??= new CompressedRecords(bytes, chunks, order)).Feed(offset + start, (int)length);

    private bool SkipPayload(ulong length)
    {
        var left = (ulong)(end - next);
        counts.PayloadBytes += (long)Math.Min(length, left);
        if (length > left)
        {
            damage.Add(offset, $"{length} bytes should follow the record, and {left} are left");
            next = end;
            return false;
        }

        next += (long)length;
        return true;
    }

    private WalkStep Damaged(long at, string reason)
    {
        damage.Add(at, reason);
        next = end;
        compressed?.Dispose();
        compressed = null;
        return WalkStep.End;
    }
}
