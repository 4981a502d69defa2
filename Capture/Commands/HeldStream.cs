namespace Diagnose.Capture.Commands;

/// <summary>
/// Keeps what is written until it is released, then passes everything on: a recording that never starts must not touch
/// the file that it would have gone to.
/// </summary>
internal sealed class HeldStream(Stream target) : Stream
{
    private MemoryStream? _held = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes what was held; from here on nothing is held.</summary>
    public void Release()
    {
        if (_held is not { } held)
            return;
        _held = null;
        target.Write(held.GetBuffer(), 0, (int)held.Length);
    }

    public override void Write(ReadOnlySpan<byte> buffer) => (_held ?? target).Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        if (_held is null)
            target.Flush();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
