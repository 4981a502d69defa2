using System.Buffers.Binary;
using System.IO.Hashing;

namespace Diagnose.Formats.Trace;

/// <summary>What a block holds. Readers skip kinds that they do not know.</summary>
public enum BlockKind : ushort
{
    /// <summary>Rows of definition tables (strings, modules, frames, stacks, contexts, symbols, …).</summary>
    Tables = 1,

    /// <summary>Hits, in columns.</summary>
    Hits = 2,

    /// <summary>Totals; with its echo the end of a segment that was closed properly.</summary>
    End = 3,
}

[Flags]
public enum BlockFlags : byte
{
    None = 0,

    /// <summary>The second copy of a block, with the same sequence number: read only where the first is damaged.</summary>
    Echo = 1,
}

/// <summary>The 48 bytes before each block's payload; see TRACE-FORMAT.md, "Block header".</summary>
/// <param name="Sequence">Counts the blocks of a segment from 0, echoes not counted; a gap is a lost block.</param>
/// <param name="Length">Bytes of payload that follow.</param>
/// <param name="Items">Hits in a hits block, rows in a tables block: known even when the payload is damaged.</param>
/// <param name="FirstTime">
/// CLOCK_MONOTONIC ns of the earliest hit in a hits block, 0 in others: blocks can be chosen and put in order by time
/// without touching what they hold.
/// </param>
/// <param name="Checksum">XXH3 (64 bits) of the payload.</param>
/// <param name="Segment">
/// The writer's count of its segments, modulo 256: tells blocks of neighbours apart where the file header between them is
/// gone.
/// </param>
public readonly record struct BlockHeader(
    BlockKind Kind, BlockFlags Flags, uint Sequence, uint Length, uint Items, ulong FirstTime, ulong Checksum, byte Segment = 0)
{
    public const int Size = 48;

    private const int ChecksumOffset = 40;

    /// <summary>What a reader searches for after damage. The first byte never occurs in UTF-8 text.</summary>
    public static ReadOnlySpan<byte> Magic => [0xFD, (byte)'b', (byte)'l', (byte)'k'];

    public void Write(Span<byte> destination)
    {
        destination[..Size].Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)Kind);
        destination[6] = (byte)Flags;
        destination[7] = Segment;
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], Items);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], FirstTime);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Checksum);
        BinaryPrimitives.WriteUInt64LittleEndian(
            destination[ChecksumOffset..], XxHash3.HashToUInt64(destination[..ChecksumOffset]));
    }

    /// <summary>Reads a header whose own checksum holds; anything else is not a header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out BlockHeader header)
    {
        header = default;
        if (source.Length < Size || !source.StartsWith(Magic)
            // Zero bytes in a fixed place: no name that a traced process chose can hold a header.
            || BinaryPrimitives.ReadUInt32LittleEndian(source[20..]) != 0
            || BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..]) != XxHash3.HashToUInt64(source[..ChecksumOffset]))
            return false;

        header = new BlockHeader(
            (BlockKind)BinaryPrimitives.ReadUInt16LittleEndian(source[4..]),
            (BlockFlags)source[6],
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            source[7]);
        return header.Length <= TraceLimits.BlockBytes;
    }
}
