using System.IO.Hashing;
using Diagnose.Formats.Bytes;

namespace Diagnose.Formats.Trace;

/// <summary>Something in the file that could not be read, or that is missing from it.</summary>
/// <param name="Offset">Where it starts in the file.</param>
/// <param name="Bytes">How much was passed over.</param>
/// <param name="Hits">Hits lost with it, where the block's header still tells; otherwise 0.</param>
/// <param name="IsRepaired">True when a second copy made good for it, so that nothing is missing.</param>
public readonly record struct TraceDamage(long Offset, long Bytes, ulong Hits, string Reason, bool IsRepaired = false);

/// <summary>A hits block of a trace.</summary>
public readonly record struct HitBlockPlace(long Offset, BlockHeader Header);

/// <summary>
/// Reads one segment of a trace, which is all of most traces (<see cref="TraceSegments"/> gives those of any): one pass
/// over the block headers finds the blocks and takes in all definitions, then the hits blocks can be decoded in any order
/// and by several threads. Whatever is damaged is passed over and kept in <see cref="Damage"/>.
/// </summary>
public sealed class TraceReader
{
    private readonly IFileBytes _bytes;
    private readonly List<HitBlockPlace> _hitBlocks = [];
    private readonly List<TraceDamage> _damage;
    private readonly HashSet<long> _damagedHits = [];
    private readonly Dictionary<EndCounter, ulong> _end;

    private TraceReader(IFileBytes bytes, long offset)
    {
        _bytes = bytes;
        Offset = EndOffset = offset;
        Definitions = new TraceDefinitions();
        _damage = [];
        _end = [];
    }

    private TraceReader(IFileBytes bytes, long offset, BlockIndex index)
    {
        _bytes = bytes;
        Offset = offset;
        EndOffset = index.EndOffset;
        MinorVersion = FileHeader.Minor(bytes.Slice(offset, FileHeader.Size));
        Definitions = index.Definitions;
        _hitBlocks = index.HitBlocks;
        _damage = index.Damage;
        _end = index.End;
    }

    public TraceDefinitions Definitions { get; }

    /// <summary>The hits blocks in file order.</summary>
    public IReadOnlyList<HitBlockPlace> HitBlocks => _hitBlocks;

    /// <summary>What was passed over so far: in file order what opening found, then what decoding hits found.</summary>
    public IReadOnlyList<TraceDamage> Damage => _damage;

    /// <summary>The totals that the writer left; empty when the segment was not closed properly.</summary>
    public IReadOnlyDictionary<EndCounter, ulong> End => _end;

    /// <summary>True when the segment has its totals: the recorder was not killed and the end is not cut off.</summary>
    public bool IsComplete => _end.Count > 0;

    /// <summary>Minor version of the format as the file header has it; null where that is damaged.</summary>
    public int? MinorVersion { get; }

    /// <summary>Where the segment begins in the file.</summary>
    public long Offset { get; }

    /// <summary>Where it ends: there the next one begins, or the file ends.</summary>
    public long EndOffset { get; }

    /// <summary>Whether a file that starts like this is a trace, also one whose first bytes are damaged.</summary>
    /// <param name="start">The first bytes of the file; 96 are enough.</param>
    public static bool LooksLikeTrace(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(FileHeader.Magic))
            return true;
        int at = start.IndexOf(BlockHeader.Magic);
        return at >= 0 && at <= FileHeader.Size;
    }

    /// <summary>Finds the blocks of one segment and reads its definitions.</summary>
    /// <param name="offset">Where it begins: 0, or the <see cref="EndOffset"/> of the one before.</param>
    /// <returns>False only for a segment of another format version; damage alone never fails.</returns>
    public static bool TryOpen(
        IFileBytes bytes, out TraceReader reader, out string? error, long offset = 0, int mayMiss = TraceLimits.MissingRows)
    {
        if (!FileHeader.TryRead(bytes.Slice(offset, FileHeader.Size), offset, out int size, out string? damage, out error))
        {
            reader = new TraceReader(bytes, offset);
            return false;
        }

        reader = new TraceReader(bytes, offset, BlockIndex.Read(bytes, offset, size, damage, mayMiss));
        return true;
    }

    /// <summary>Decodes one hits block; damage is added to <see cref="Damage"/> (once) and gives false.</summary>
    public bool TryReadHits(HitBlockPlace place, HitBlockReader into, bool withTimes)
    {
        bool good = TryDecode(place, into, withTimes);
        _bytes.Release(place.Offset, BlockHeader.Size + place.Header.Length);
        return good;
    }

    private bool TryDecode(HitBlockPlace place, HitBlockReader into, bool withTimes)
    {
        string? reason = "checksum of hits block does not match";
        ReadOnlySpan<byte> payload = _bytes.Slice(place.Offset + BlockHeader.Size, (int)place.Header.Length);
        if (XxHash3.HashToUInt64(payload) == place.Header.Checksum
            && into.TryRead(payload, place.Header.FirstTime, withTimes, out reason))
        {
            if (into.Count == place.Header.Items)
                return true;
            reason = "hits block does not hold as many hits as its header says";
        }

        NoteDamage(new TraceDamage(place.Offset, BlockHeader.Size + payload.Length, place.Header.Items, reason!));
        return false;
    }

    /// <summary>Keeps damage of hits in file order, whichever thread met it first.</summary>
    private void NoteDamage(TraceDamage damage)
    {
        lock (_damage)
        {
            if (!_damagedHits.Add(damage.Offset))
                return;
            int at = _damage.Count;
            while (at > _damage.Count - _damagedHits.Count + 1 && _damage[at - 1].Offset > damage.Offset)
                at--;
            _damage.Insert(at, damage);
        }
    }
}
