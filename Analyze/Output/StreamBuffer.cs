using System.Buffers;
using System.Buffers.Text;

namespace Diagnose.Analyze.Output;

/// <summary>Bytes on their way to a stream, gathered so that small writes cost a copy and the stream sees large ones.</summary>
public sealed class StreamBuffer(Stream stream) : IBufferWriter<byte>, IDisposable
{
    private const int FlushLength = 64 << 10;

    private byte[] _bytes = new byte[2 * FlushLength];
    private int _length;

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - _length));
        _length += count;
        if (_length >= FlushLength)
            Flush();
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <summary>Writes <paramref name="bytes"/> of any length.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Writes a number in decimal digits.</summary>
    public void Write(long number)
    {
        const int longestNumber = 20;
        Utf8Formatter.TryFormat(number, GetSpan(longestNumber), out var digits);
        Advance(digits);
    }

    /// <summary>Writes hundredths, not below 0, as a number with two decimals.</summary>
    public void WriteHundredths(long hundredths)
    {
        Write(hundredths / 100);
        var rest = (int)(hundredths % 100);
        Write([(byte)'.', (byte)('0' + rest / 10), (byte)('0' + rest % 10)]);
    }

    /// <summary>Hands everything written so far to the stream.</summary>
    public void Flush()
    {
        stream.Write(_bytes, 0, _length);
        _length = 0;
    }

    /// <summary>Flushes; the stream stays open.</summary>
    public void Dispose() => Flush();

    private void Reserve(int size)
    {
        if (_bytes.Length - _length >= Math.Max(size, 1))
            return;
        Flush();
        if (_bytes.Length < size)
            _bytes = new byte[size];
    }
}
