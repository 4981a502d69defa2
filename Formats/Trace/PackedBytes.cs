using System.Buffers;
using ZstdSharp;

namespace Diagnose.Formats.Trace;

/// <summary>A run of bytes stored as it is or as one zstd frame: codec byte, raw length, stored length, bytes.</summary>
internal static class PackedBytes
{
    private const byte Raw = 0;
    private const byte Zstd = 1;

    /// <param name="compressor">Null to store the bytes as they are.</param>
    /// <param name="maxRatio">Compression beyond this ratio is not used, because readers refuse it.</param>
    public static void Write(
        IBufferWriter<byte> output, ReadOnlySpan<byte> raw, Compressor? compressor, int maxRatio = int.MaxValue)
    {
        if (compressor is null || raw.Length < 16)
        {
            Write(output, Raw, raw.Length, raw);
            return;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(raw.Length));
        int stored = compressor.Wrap(raw, rented);
        if (stored < raw.Length && raw.Length / stored < maxRatio)
            Write(output, Zstd, raw.Length, rented.AsSpan(0, stored));
        else
            Write(output, Raw, raw.Length, raw);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Write(IBufferWriter<byte> output, byte codec, int rawLength, ReadOnlySpan<byte> stored)
    {
        output.GetSpan(1)[0] = codec;
        output.Advance(1);
        Varint.Write(output, (ulong)rawLength);
        Varint.Write(output, (ulong)stored.Length);
        output.Write(stored);
    }

    /// <summary>
    /// Reads one run and moves <paramref name="source"/> behind it. <paramref name="raw"/> lies in the source or, when it
    /// was compressed, in <paramref name="buffer"/>, which grows as needed and may be reused.
    /// </summary>
    public static bool TryRead(
        ref ReadOnlySpan<byte> source, Decompressor decompressor, int maxRaw, ref byte[]? buffer, out ReadOnlySpan<byte> raw)
    {
        raw = default;
        if (!TryReadHeader(ref source, maxRaw, out bool packed, out int rawLength, out ReadOnlySpan<byte> stored))
            return false;
        if (!packed)
        {
            raw = stored;
            return stored.Length == rawLength;
        }

        if (buffer is null || buffer.Length < rawLength)
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(rawLength, 4096));
        try
        {
            if (decompressor.Unwrap(stored, buffer.AsSpan(0, rawLength)) != rawLength)
                return false;
        }
        catch (ZstdException)
        {
            return false;
        }

        raw = buffer.AsSpan(0, rawLength);
        return true;
    }

    /// <summary>Moves behind one run without looking into it.</summary>
    public static bool TrySkip(ref ReadOnlySpan<byte> source, int maxRaw) =>
        TryReadHeader(ref source, maxRaw, out _, out _, out _);

    private static bool TryReadHeader(
        ref ReadOnlySpan<byte> source, int maxRaw, out bool packed, out int rawLength, out ReadOnlySpan<byte> stored)
    {
        packed = false;
        rawLength = 0;
        stored = default;
        if (source.IsEmpty || source[0] > Zstd)
            return false;
        packed = source[0] == Zstd;
        source = source[1..];
        if (!Varint.TryReadInt32(ref source, maxRaw, out rawLength)
            || !Varint.TryReadInt32(ref source, source.Length, out int length) || length > source.Length)
            return false;
        stored = source[..length];
        source = source[length..];
        return true;
    }
}
