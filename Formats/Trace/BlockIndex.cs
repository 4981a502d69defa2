using System.IO.Hashing;
using Diagnose.Formats.Bytes;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>
/// One pass over the blocks of a segment: takes in definitions and totals, notes where hits are and what is damaged, and
/// finds where the next segment begins. Each byte is looked at a fixed number of times, whatever the file holds.
/// </summary>
internal sealed class BlockIndex
{
    private readonly IFileBytes _bytes;
    private readonly long _start;
    private readonly HashSet<uint> _seen = [];
    private readonly Dictionary<uint, TraceDamage> _pending = [];
    private long _lastSequence = -1;
    private long _endSequence = -1;
    private byte _segment;
    private bool _anyPassedOver;

    private BlockIndex(IFileBytes bytes, long start, int mayMiss)
    {
        _bytes = bytes;
        _start = start;
        Definitions = new TraceDefinitions(mayMiss);
    }

    public TraceDefinitions Definitions { get; }

    public List<HitBlockPlace> HitBlocks { get; } = [];

    public List<TraceDamage> Damage { get; } = [];

    public Dictionary<EndCounter, ulong> End { get; } = [];

    /// <summary>Where the segment ends: the next one begins there, or the file ends.</summary>
    public long EndOffset { get; private set; }

    /// <param name="start">Where the segment begins.</param>
    /// <param name="headerSize">Size of its file header; 0 when that does not tell.</param>
    /// <param name="headerDamage">What is wrong with the file header, or null.</param>
    /// <param name="mayMiss">How many rows of definitions damage may have taken away.</param>
    public static BlockIndex Read(IFileBytes bytes, long start, int headerSize, string? headerDamage, int mayMiss)
    {
        var index = new BlockIndex(bytes, start, mayMiss);
        long offset = start + headerSize;
        if (headerDamage is not null)
            index.PassedOver(start, offset = index.Find(start), headerDamage);
        index.EndOffset = index.ReadBlocks(Math.Min(offset, bytes.Length));
        index.Conclude();
        return index;
    }

    /// <summary>Reads all blocks of the segment; returns where it ends.</summary>
    private long ReadBlocks(long offset)
    {
        using var decompressor = new Decompressor();
        while (offset < _bytes.Length)
        {
            if (!TryReadHeader(offset, out BlockHeader header))
            {
                if (BeginsWithFileHeader(offset))
                    return offset;
                long found = Find(offset + 1);
                // What lies before a segment that has no file header is what is left of that: it is the segment's damage.
                if (TryReadHeader(found, out header) && BeginsSegment(header))
                    return offset;
                PassedOver(offset, found, "no block header");
                offset = found;
                continue;
            }

            if (BeginsSegment(header))
                return offset;
            Note(header);
            long end = offset + BlockHeader.Size + header.Length;
            // Where no block follows, bytes may have gone from inside this one: the next is looked for from its start.
            long next = IsFollowed(end) ? end : Find(offset + BlockHeader.Size);
            if (end > next)
            {
                // Not even its checksum is worth computing; blocks that claim each other's bytes would cost a lot of that.
                Fail(offset, next, header, "block is cut short");
                offset = next;
                continue;
            }

            ReadBlock(offset, header, decompressor);
            offset = end;
        }

        return offset;
    }

    /// <summary>
    /// Whether a block belongs to another segment than those before it, whose file header is then damaged or gone. Within
    /// a segment the numbers of first copies rise, and behind the totals stands nothing but their echo.
    /// </summary>
    private bool BeginsSegment(BlockHeader header)
    {
        if (_lastSequence < 0)
            return false;
        bool isEcho = header.Flags.HasFlag(BlockFlags.Echo);
        return header.Segment != _segment
            || (_endSequence >= 0 ? !isEcho || header.Sequence != _endSequence : !isEcho && header.Sequence <= _lastSequence);
    }

    /// <summary>Whether a block that ends here is followed by what may follow it.</summary>
    private bool IsFollowed(long end)
    {
        if (end >= _bytes.Length)
            return end == _bytes.Length;
        return TryReadHeader(end, out BlockHeader header) ? !BeginsSegment(header) : BeginsWithFileHeader(end);
    }

    private void Note(BlockHeader header)
    {
        _segment = header.Segment;
        _lastSequence = Math.Max(_lastSequence, header.Sequence);
        if (header.Kind == BlockKind.End)
            _endSequence = header.Sequence;
    }

    private bool TryReadHeader(long offset, out BlockHeader header) =>
        BlockHeader.TryRead(_bytes.Slice(offset, BlockHeader.Size), out header);

    /// <summary>Whether another segment begins with its file header here.</summary>
    private bool BeginsWithFileHeader(long offset) =>
        offset > _start && FileHeader.IsIntact(_bytes.Slice(offset, FileHeader.Size));

    private void ReadBlock(long offset, BlockHeader header, Decompressor decompressor)
    {
        long end = offset + BlockHeader.Size + header.Length;
        bool isSecond = _seen.Contains(header.Sequence);
        if (header.Kind == BlockKind.Hits)
        {
            // The payload is checked when it is decoded, so that opening a large trace touches only the headers.
            if (!isSecond)
                HitBlocks.Add(new HitBlockPlace(offset, header));
            _seen.Add(header.Sequence);
            // The kernel maps pages around a touched one, too.
            _bytes.Release(offset, end - offset);
            return;
        }

        ReadOnlySpan<byte> payload = _bytes.Slice(offset + BlockHeader.Size, (int)header.Length);
        string? reason = "checksum of block does not match";
        bool good = XxHash3.HashToUInt64(payload) == header.Checksum;
        if (good && !isSecond)
        {
            good = header.Kind switch
            {
                BlockKind.Tables => Definitions.TryAdd(payload, decompressor, out reason),
                BlockKind.End => TryReadEnd(payload, out reason),
                _ => true,
            };
        }

        if (!good)
        {
            Fail(offset, end, header, reason ?? "malformed block");
        }
        else if (_seen.Add(header.Sequence) && _pending.Remove(header.Sequence, out TraceDamage damage))
        {
            // The copy made good for what was damaged: nothing is lost, but the file is not as it was written.
            Damage.Add(damage with { Reason = damage.Reason + "; its second copy was used", IsRepaired = true });
        }
    }

    private void Fail(long offset, long next, BlockHeader header, string reason)
    {
        var damage = new TraceDamage(offset, next - offset, header.Kind == BlockKind.Hits ? header.Items : 0, reason);
        if (_seen.Contains(header.Sequence))
            Damage.Add(damage with { Hits = 0, Reason = reason + "; its first copy was used", IsRepaired = true });
        else if (!_pending.TryAdd(header.Sequence, damage))
            Damage.Add(damage with { Hits = 0, Reason = reason + ", as in its other copy" });
    }

    private void PassedOver(long from, long to, string reason)
    {
        Damage.Add(new TraceDamage(from, to - from, 0, reason));
        _anyPassedOver = true;
    }

    private bool TryReadEnd(ReadOnlySpan<byte> payload, out string? reason)
    {
        reason = "end block is malformed";
        if (!Varint.TryReadInt32(ref payload, TraceLimits.Counters, out int counters))
            return false;
        var totals = new (EndCounter Counter, ulong Value)[counters];
        foreach (ref (EndCounter Counter, ulong Value) total in totals.AsSpan())
        {
            if (!Varint.TryReadInt32(ref payload, int.MaxValue, out int counter) || !Varint.TryRead(ref payload, out total.Value))
                return false;
            total.Counter = (EndCounter)counter;
        }

        if (!payload.IsEmpty)
            return false;
        foreach ((EndCounter counter, ulong value) in totals)
        {
            if (End.Count < TraceLimits.Counters || End.ContainsKey(counter))
                End[counter] = value;
        }

        return true;
    }

    /// <summary>Says what is lost, once it is known which second copies there are.</summary>
    private void Conclude()
    {
        long missing = _lastSequence + 1 - _seen.Count - _pending.Count;
        if (End.Count > 0 && missing == 0 && _pending.Count == 0)
        {
            // Every block was read: what was passed over were copies, or bytes that never belonged to the trace.
            for (int i = 0; i < Damage.Count; i++)
                Damage[i] = Damage[i] with { IsRepaired = Damage[i].Hits == 0 };
        }
        else if (missing > 0 && !_anyPassedOver)
        {
            Damage.Add(new TraceDamage(EndOffset, 0, 0, $"{missing} blocks are missing: parts of the file were removed"));
        }

        Damage.AddRange(_pending.Values);
        Damage.Sort((a, b) => a.Offset.CompareTo(b.Offset));
    }

    /// <summary>The next place from which reading can go on: a block header, or the start of another segment.</summary>
    private long Find(long at)
    {
        const int Window = 1 << 20;
        while (at < _bytes.Length)
        {
            ReadOnlySpan<byte> window = _bytes.Slice(at, Window);
            int next = window.IndexOfAny(BlockHeader.Magic[0], FileHeader.Magic[0]);
            if (next < 0)
            {
                at += window.Length;
                continue;
            }

            at += next;
            if (TryReadHeader(at, out _) || BeginsWithFileHeader(at))
                return at;
            at++;
        }

        return _bytes.Length;
    }
}
