using System.IO.Hashing;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>Where the bytes of a trace come from: a mapped file of any size, or memory.</summary>
public interface ITraceBytes
{
    long Length { get; }

    /// <summary>Bytes from an offset on; shorter than asked for only at the end of the file.</summary>
    ReadOnlySpan<byte> Slice(long offset, int length);
}

/// <summary>A trace that lies in memory.</summary>
public sealed class TraceMemory(ReadOnlyMemory<byte> bytes) : ITraceBytes
{
    public long Length => bytes.Length;

    public ReadOnlySpan<byte> Slice(long offset, int length) =>
        bytes.Span.Slice((int)offset, (int)Math.Min(length, Length - offset));
}

/// <summary>Something in the file that could not be read.</summary>
/// <param name="Offset">Where it starts in the file.</param>
/// <param name="Bytes">How much was passed over.</param>
/// <param name="Hits">Hits lost with it, where the block's header still tells; otherwise 0.</param>
/// <param name="IsRepaired">True when a second copy made good for it, so that nothing is missing.</param>
public readonly record struct TraceDamage(long Offset, long Bytes, ulong Hits, string Reason, bool IsRepaired = false);

/// <summary>A hits block of a trace.</summary>
public readonly record struct HitBlockPlace(long Offset, BlockHeader Header);

/// <summary>
/// Reads a trace: one pass over the block headers finds the blocks and takes in all definitions, then the hits blocks can
/// be decoded in any order and by several threads. Whatever is damaged is passed over and kept in <see cref="Damage"/>.
/// </summary>
public sealed class TraceReader
{
    private readonly ITraceBytes _bytes;
    private readonly List<HitBlockPlace> _hitBlocks = [];
    private readonly List<TraceDamage> _damage = [];
    private readonly Dictionary<EndCounter, ulong> _end = [];

    private TraceReader(ITraceBytes bytes) => _bytes = bytes;

    public TraceDefinitions Definitions { get; } = new();

    /// <summary>The hits blocks in file order.</summary>
    public IReadOnlyList<HitBlockPlace> HitBlocks => _hitBlocks;

    /// <summary>What was passed over so far, in the order found; decoding hits may add to it.</summary>
    public IReadOnlyList<TraceDamage> Damage => _damage;

    /// <summary>The totals that the writer left; empty when the file was not closed properly.</summary>
    public IReadOnlyDictionary<EndCounter, ulong> End => _end;

    /// <summary>True when the file ends with its totals: the recorder was not killed and nothing is cut off.</summary>
    public bool IsComplete => _end.Count > 0;

    public long Length => _bytes.Length;

    /// <summary>Whether a file that starts like this is a trace, also one whose first bytes are damaged.</summary>
    public static bool LooksLikeTrace(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(FileHeader.Magic))
            return true;
        int at = start.IndexOf(BlockHeader.Magic);
        return at >= 0 && at <= FileHeader.Size;
    }

    /// <summary>Finds the blocks and reads the definitions.</summary>
    /// <returns>False only for a file of another format version; damage alone never fails.</returns>
    public static bool TryOpen(ITraceBytes bytes, out TraceReader reader, out string? error)
    {
        reader = new TraceReader(bytes);
        if (!FileHeader.TryRead(bytes.Slice(0, FileHeader.Size), out string? damage, out error))
            return false;
        if (damage is not null)
            reader._damage.Add(new TraceDamage(0, Math.Min(FileHeader.Size, bytes.Length), 0, damage));
        reader.Index();
        return true;
    }

    /// <summary>Decodes one hits block; damage is added to <see cref="Damage"/> and gives false.</summary>
    public bool TryReadHits(HitBlockPlace place, HitBlockReader into, bool withTimes)
    {
        string? reason = "checksum of hits block does not match";
        ReadOnlySpan<byte> payload = Payload(place.Offset, place.Header);
        if (XxHash3.HashToUInt64(payload) == place.Header.Checksum && into.TryRead(payload, withTimes, out reason))
            return true;
        lock (_damage)
            _damage.Add(new TraceDamage(place.Offset, BlockHeader.Size + payload.Length, place.Header.Items, reason!));
        return false;
    }

    /// <summary>CLOCK_MONOTONIC ns of a block's first hit, without decoding it; 0 when its head is damaged.</summary>
    public ulong FirstTime(HitBlockPlace place)
    {
        ReadOnlySpan<byte> head = _bytes.Slice(place.Offset + BlockHeader.Size,
            (int)Math.Min(2 * Varint.MaxBytes, place.Header.Length));
        return Varint.TryRead(ref head, out _) && Varint.TryRead(ref head, out ulong time) ? time : 0;
    }

    private ReadOnlySpan<byte> Payload(long offset, BlockHeader header) =>
        _bytes.Slice(offset + BlockHeader.Size, (int)header.Length);

    private void Index()
    {
        using var decompressor = new Decompressor();
        var seen = new HashSet<uint>();
        var pending = new Dictionary<uint, TraceDamage>();
        long offset = Math.Min(FileHeader.Size, _bytes.Length);
        while (offset < _bytes.Length)
        {
            if (!BlockHeader.TryRead(_bytes.Slice(offset, BlockHeader.Size), out BlockHeader header))
            {
                offset = PassOver(offset, "no block header");
                continue;
            }

            long end = offset + BlockHeader.Size + header.Length;
            if (end > _bytes.Length)
            {
                Take(pending, header.Sequence, new TraceDamage(offset, _bytes.Length - offset,
                    header.Kind == BlockKind.Hits ? header.Items : 0, "last block is cut short"));
                break;
            }

            if (!seen.Contains(header.Sequence))
                ReadBlock(offset, header, decompressor, seen, pending);
            offset = end;
        }

        foreach (TraceDamage damage in pending.Values)
            _damage.Add(damage);
        _damage.Sort((a, b) => a.Offset.CompareTo(b.Offset));
    }

    private void ReadBlock(
        long offset, BlockHeader header, Decompressor decompressor, HashSet<uint> seen, Dictionary<uint, TraceDamage> pending)
    {
        if (header.Kind == BlockKind.Hits)
        {
            // The payload is checked when it is decoded, so that opening a large trace touches only the headers.
            seen.Add(header.Sequence);
            _hitBlocks.Add(new HitBlockPlace(offset, header));
            return;
        }

        string? reason = null;
        ReadOnlySpan<byte> payload = Payload(offset, header);
        bool good = header.Kind switch
        {
            _ when XxHash3.HashToUInt64(payload) != header.Checksum => Fail(out reason),
            BlockKind.Tables => Definitions.TryAdd(payload, decompressor, out reason),
            BlockKind.End => TryReadEnd(payload, out reason),
            _ => true,
        };
        if (good)
        {
            seen.Add(header.Sequence);
            // The copy made good for what was damaged: nothing is lost, but the file is not as it was written.
            if (pending.Remove(header.Sequence, out TraceDamage damage))
                _damage.Add(damage with { Reason = damage.Reason + "; its second copy was used", IsRepaired = true });
        }
        else
        {
            Take(pending, header.Sequence,
                new TraceDamage(offset, BlockHeader.Size + payload.Length, 0, reason ?? "malformed block"));
        }

        static bool Fail(out string? reason)
        {
            reason = "checksum of block does not match";
            return false;
        }
    }

    private static void Take(Dictionary<uint, TraceDamage> pending, uint sequence, TraceDamage damage) =>
        pending[sequence] = damage;

    private bool TryReadEnd(ReadOnlySpan<byte> payload, out string? reason)
    {
        reason = "end block is malformed";
        if (!Varint.TryReadInt32(ref payload, 1024, out int counters))
            return false;
        for (int i = 0; i < counters; i++)
        {
            if (!Varint.TryReadInt32(ref payload, int.MaxValue, out int counter) || !Varint.TryRead(ref payload, out ulong value))
                return false;
            _end[(EndCounter)counter] = value;
        }

        return true;
    }

    /// <summary>Finds the next block header after damage and says what was passed over.</summary>
    private long PassOver(long from, string reason)
    {
        const int Window = 1 << 20;
        long at = from + 1;
        while (at < _bytes.Length)
        {
            ReadOnlySpan<byte> window = _bytes.Slice(at, Window);
            int next = window.IndexOf(BlockHeader.Magic);
            if (next < 0)
            {
                // The magic may straddle two windows.
                at += Math.Max(1, window.Length - (BlockHeader.Magic.Length - 1));
                continue;
            }

            at += next;
            if (BlockHeader.TryRead(_bytes.Slice(at, BlockHeader.Size), out _))
                break;
            at++;
        }

        at = Math.Min(at, _bytes.Length);
        _damage.Add(new TraceDamage(from, at - from, 0, reason));
        return at;
    }
}
