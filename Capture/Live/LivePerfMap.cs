using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Live;

/// <summary>A perf map as it grows. Owns the file.</summary>
internal sealed class LivePerfMap(SafeFileHandle file) : IPerfMapFile
{
    /// <summary>What lies beyond is not read.</summary>
    public const long MostBytes = 256 << 20;

    public bool TryLook(out long length, out ulong written)
    {
        (length, written) = (0, 0);
        if (!FileStatus.TryGet(file, out FileStatus status, out _))
            return false;
        length = Math.Min(status.Length, MostBytes);
        // Files have times of the wall clock, hits have none.
        ulong age = Clock.Realtime - (ulong)status.ModifiedNs, now = Clock.Monotonic;
        written = age < now ? now - age : now;
        return status.Links > 0;
    }

    public byte[] Read(long from, long to)
    {
        byte[] text = new byte[to - from];
        int length = 0;
        try
        {
            for (int got; length < text.Length && (got = RandomAccess.Read(file, text.AsSpan(length), from + length)) > 0;)
                length += got;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What was read is good.
        }

        return length == text.Length ? text : text[..length];
    }

    public void Dispose() => file.Dispose();
}
