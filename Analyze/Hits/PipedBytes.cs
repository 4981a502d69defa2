namespace Diagnose.Analyze.Hits;

/// <summary>What comes through a pipe: its start at once, and the rest as a stream or, when it is asked for as a whole, in memory.</summary>
internal sealed class PipedBytes : IDisposable
{
    public const int HeadBytes = 4096;

    private readonly FileStream _pipe;
    private readonly byte[] _head = new byte[HeadBytes];
    private readonly int _headLength;
    private byte[]? _all;
    private HeadThenRest? _stream;

    /// <summary>Takes over a pipe and reads its start.</summary>
    public PipedBytes(FileStream pipe)
    {
        _pipe = pipe;
        _headLength = pipe.ReadAtLeast(_head, HeadBytes, throwOnEndOfStream: false);
    }

    public ReadOnlySpan<byte> Head => _head.AsSpan(0, _headLength);

    /// <summary>Bytes of everything; of what is read as a stream, those that were read so far.</summary>
    public long Length => _stream?.Taken ?? All.Length;

    /// <summary>Bytes that somebody has read.</summary>
    public long Taken => _stream?.Taken ?? _all?.Length ?? 0;

    /// <summary>Everything, read to its end now.</summary>
    /// <exception cref="IOException">It is longer than an array can be, or cannot be read.</exception>
    public byte[] All
    {
        get
        {
            if (_all is null)
            {
                ObjectDisposedException.ThrowIf(_stream is not null, this);
                using var all = new MemoryStream();
                all.Write(Head);
                _pipe.CopyTo(all);
                _all = all.ToArray();
            }

            return _all;
        }
    }

    /// <summary>Everything from the start on; once, unless it is in memory.</summary>
    public Stream OpenStream()
    {
        if (_all is not null)
            return new MemoryStream(_all, writable: false);
        ObjectDisposedException.ThrowIf(_stream is not null, this);
        return _stream = new HeadThenRest(_head.AsMemory(0, _headLength), _pipe);
    }

    public void Dispose() => _pipe.Dispose();

    private sealed class HeadThenRest(ReadOnlyMemory<byte> head, FileStream rest) : Stream
    {
        private ReadOnlyMemory<byte> _head = head;

        public long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _head.Length);
            if (_head.IsEmpty)
            {
                count = rest.Read(buffer);
            }
            else
            {
                _head.Span[..count].CopyTo(buffer);
                _head = _head[count..];
            }

            Taken += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
