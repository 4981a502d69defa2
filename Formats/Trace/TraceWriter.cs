using System.Buffers;
using System.IO.Hashing;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>
/// Writes a trace of one or more segments to a stream, front to back, each block with one <see cref="Stream.Write(ReadOnlySpan{byte})"/>: a block
/// is either whole in the file or, when the process is killed in the middle of a write, the cut end of it.
/// </summary>
/// <remarks>
/// Definitions go out before the hits that use them, and once more (as an echo) after <see cref="EchoBytes"/> of other
/// data and at the end: a damaged block of definitions would otherwise take the meaning of everything after it away.
/// The totals stand twice for the same reason.
/// </remarks>
/// <example><code>
/// using var file = new MemoryStream();
/// var writer = new TraceWriter(file, zstdLevel: 1);
/// int frame = writer.Definitions.Frame(new FrameRow(module, 0x1234));
/// int stack = writer.Definitions.Stack(new StackRow(writer.Definitions.Node(new NodeRow(0, frame)), 0, StackFlags.None));
/// writer.AddHit(time, cpu: 0, eventId, context, stack);
/// writer.Finish([(EndCounter.Lost, 0)]);
/// </code></example>
public sealed class TraceWriter : IDisposable
{
    /// <summary>Bytes after which waiting echoes are written even though the file goes on.</summary>
    public const long EchoBytes = 32 << 20;

    private Stream _stream;
    private readonly Compressor? _compressor;
    private readonly HitBlockBuilder _hits = new();
    private readonly ArrayBufferWriter<byte> _block = new(1 << 18);
    private readonly ArrayBufferWriter<byte> _echoes = new();
    private long _echoedAt;
    private long _segmentStart;
    private uint _sequence;
    private byte _segment;
    private ulong _hitBlocks;
    private ulong _segmentHits;
    private ulong _hitsWritten;

    /// <summary>Starts a trace: writes the file header.</summary>
    /// <param name="stream">Stays the caller's; never sought.</param>
    /// <param name="zstdLevel">1 (fast) to 19, or 0 to store everything as it is; the format is the same.</param>
    public TraceWriter(Stream stream, int zstdLevel = 1)
    {
        _stream = stream;
        _compressor = zstdLevel == 0 ? null : new Compressor(zstdLevel);
        PutFileHeader();
    }

    public DefinitionWriter Definitions { get; } = new();

    /// <summary>Bytes that make up whole blocks so far, in all segments together.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>The same of the current segment.</summary>
    public long SegmentBytes => BytesWritten - _segmentStart;

    /// <summary>Hits so far, in all segments together.</summary>
    public ulong Hits => _hitsWritten + (ulong)_hits.Count;

    /// <summary>Hits in whole blocks so far: what is left of a trace whose stream fails.</summary>
    public ulong HitsWritten => _hitsWritten;

    public void AddHit(ulong time, int cpu, int eventId, int context, int stack)
    {
        if (_hits.IsFull)
            Flush();
        _hits.Add(time, cpu, eventId, context, stack);
    }

    /// <summary>True when the next hit would start a new block: the moment to name what the waiting ones refer to.</summary>
    public bool HitsAreFull => _hits.IsFull;

    /// <summary>Writes what waits: definitions first, then hits.</summary>
    public void Flush()
    {
        FlushDefinitions();
        if (_hits.Count > 0)
        {
            uint items = (uint)_hits.Count;
            BeginBlock();
            ulong firstTime = _hits.Encode(_block, _compressor);
            EndBlock(BlockKind.Hits, items, firstTime);
            _hitBlocks++;
            _segmentHits += items;
            _hitsWritten += items;
        }

        if (BytesWritten - _echoedAt > EchoBytes)
            WriteEchoes();
    }

    /// <summary>
    /// Starts a new segment behind a finished one: a file header, and definitions that count from 1 again. Whoever keeps
    /// ids must get them anew; strings can be asked for in what this returns.
    /// </summary>
    /// <param name="stream">The same stream, or another one for this segment and those after it.</param>
    public ByteInterner BeginSegment(Stream stream)
    {
        if (_hits.Count > 0 || Definitions.PendingRows > 0)
            throw new InvalidOperationException("the segment before is not finished");
        _stream = stream;
        ByteInterner strings = Definitions.Restart();
        (_sequence, _hitBlocks, _segmentHits) = (0, 0, 0);
        _segment++;
        _segmentStart = _echoedAt = BytesWritten;
        PutFileHeader();
        return strings;
    }

    /// <summary>Writes what waits, the echoes, and the totals. The segment is complete after it.</summary>
    public void Finish(params ReadOnlySpan<(EndCounter Counter, ulong Value)> totals)
    {
        Flush();
        WriteEchoes();
        BeginBlock();
        Varint.Write(_block, (ulong)(totals.Length + 2));
        WriteCounter(EndCounter.Hits, _segmentHits);
        WriteCounter(EndCounter.HitBlocks, _hitBlocks);
        foreach ((EndCounter counter, ulong value) in totals)
            WriteCounter(counter, value);
        EndBlock(BlockKind.End, (uint)totals.Length + 2);
        WriteEchoes();
        _stream.Flush();
    }

    public void Dispose() => _compressor?.Dispose();

    private void PutFileHeader()
    {
        Span<byte> header = stackalloc byte[FileHeader.Size];
        FileHeader.Write(header);
        Put(header);
    }

    private void WriteCounter(EndCounter counter, ulong value)
    {
        Varint.Write(_block, (ulong)counter);
        Varint.Write(_block, value);
    }

    private void FlushDefinitions()
    {
        while (Definitions.PendingRows > 0)
        {
            BeginBlock();
            int rows = Definitions.Encode(_block, _compressor);
            EndBlock(BlockKind.Tables, (uint)rows);
        }
    }

    private void WriteEchoes()
    {
        // The echoes lie behind each other, complete with their headers.
        if (_echoes.WrittenCount > 0)
            Put(_echoes.WrittenSpan);
        _echoes.ResetWrittenCount();
        _echoedAt = BytesWritten;
    }

    private void BeginBlock()
    {
        _block.ResetWrittenCount();
        _block.GetSpan(BlockHeader.Size)[..BlockHeader.Size].Clear();
        _block.Advance(BlockHeader.Size);
    }

    private void EndBlock(BlockKind kind, uint items, ulong firstTime = 0)
    {
        // The writer owns the buffer, so writing into what it handed out is safe.
        Span<byte> block = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_block.WrittenMemory).Span;
        ReadOnlySpan<byte> payload = block[BlockHeader.Size..];
        var header = new BlockHeader(
            kind, BlockFlags.None, _sequence++, (uint)payload.Length, items, firstTime, XxHash3.HashToUInt64(payload), _segment);
        header.Write(block);
        Put(block);
        if (kind != BlockKind.Hits)
        {
            (header with { Flags = BlockFlags.Echo }).Write(block);
            _echoes.Write(block);
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        BytesWritten += bytes.Length;
    }
}
