using System.IO.Hashing;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>
/// One pass over the blocks of a trace: takes in definitions and totals, notes where hits are and what is damaged. Each
/// byte is looked at a fixed number of times, whatever the file holds.
/// </summary>
internal sealed class BlockIndex
{
    private readonly ITraceBytes _bytes;
    private readonly HashSet<uint> _seen = [];
    private readonly Dictionary<uint, TraceDamage> _pending = [];
    private uint _lastSequence;
    private bool _anyPassedOver;

    private BlockIndex(ITraceBytes bytes) => _bytes = bytes;

    public TraceDefinitions Definitions { get; } = new();

    public List<HitBlockPlace> HitBlocks { get; } = [];

    public List<TraceDamage> Damage { get; } = [];

    public Dictionary<EndCounter, ulong> End { get; } = [];

    /// <param name="start">Where the first block begins; 0 when the file header does not tell.</param>
    /// <param name="headerDamage">What is wrong with the file header, or null.</param>
    public static BlockIndex Read(ITraceBytes bytes, int start, string? headerDamage)
    {
        var index = new BlockIndex(bytes);
        long offset = start;
        if (headerDamage is not null)
            index.PassedOver(0, offset = index.Find(0), headerDamage);
        index.ReadBlocks(offset);
        index.Conclude();
        return index;
    }

    private void ReadBlocks(long offset)
    {
        using var decompressor = new Decompressor();
        while (offset < _bytes.Length)
        {
            if (!TryReadHeader(offset, out BlockHeader header))
            {
                if (FileHeader.IsIntact(_bytes.Slice(offset, FileHeader.Size)))
                {
                    Damage.Add(new TraceDamage(offset, _bytes.Length - offset, 0, "another trace begins here; it is not read"));
                    return;
                }

                long found = Find(offset + 1);
                PassedOver(offset, found, "no block header");
                offset = found;
                continue;
            }

            _lastSequence = Math.Max(_lastSequence, header.Sequence);
            long end = offset + BlockHeader.Size + header.Length;
            bool isFollowed = end == _bytes.Length || (end < _bytes.Length && TryReadHeader(end, out _));
            // Where no block follows, bytes may have gone from inside this one: the next is looked for from its start.
            long next = isFollowed ? end : Find(offset + BlockHeader.Size);
            if (end > next)
            {
                // Not even its checksum is worth computing; blocks that claim each other's bytes would cost a lot of that.
                Fail(offset, next, header, "block is cut short");
            }
            else
            {
                ReadBlock(offset, header, decompressor);
                if (next > end)
                    PassedOver(end, next, "no block header");
            }

            offset = next;
        }
    }

    private bool TryReadHeader(long offset, out BlockHeader header) =>
        BlockHeader.TryRead(_bytes.Slice(offset, BlockHeader.Size), out header);

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
        long missing = _seen.Count + _pending.Count == 0 ? 0 : (long)_lastSequence + 1 - _seen.Count - _pending.Count;
        if (End.Count > 0 && missing == 0 && _pending.Count == 0)
        {
            // Every block was read: what was passed over were copies, or bytes that never belonged to the trace.
            for (int i = 0; i < Damage.Count; i++)
                Damage[i] = Damage[i] with { IsRepaired = Damage[i].Hits == 0 };
        }
        else if (missing > 0 && !_anyPassedOver)
        {
            Damage.Add(new TraceDamage(_bytes.Length, 0, 0, $"{missing} blocks are missing: parts of the file were removed"));
        }

        Damage.AddRange(_pending.Values);
        Damage.Sort((a, b) => a.Offset.CompareTo(b.Offset));
    }

    /// <summary>The next place from which reading can go on: a block header, or the start of another trace.</summary>
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
            // Nothing but the file header itself stands at offset 0.
            if (TryReadHeader(at, out _) || (at > 0 && FileHeader.IsIntact(_bytes.Slice(at, FileHeader.Size))))
                return at;
            at++;
        }

        return _bytes.Length;
    }
}
