namespace Diagnose.Formats.Recording;

/// <summary>A perf map that its process may still be writing to; open, so that it can be read to its end when the process is gone.</summary>
internal interface IPerfMapFile : IDisposable
{
    /// <summary>How long it is by now. False when it was removed, or cannot be read any more: nothing is added to it from then on.</summary>
    /// <param name="written">When it was last written to, CLOCK_MONOTONIC ns as far as that is known; else 0.</param>
    bool TryLook(out long length, out ulong written);

    /// <summary>What lies between two offsets; shorter where it has become shorter.</summary>
    byte[] Read(long from, long to);
}

/// <summary>A perf map that does not change any more.</summary>
internal sealed class WholePerfMap(byte[] text) : IPerfMapFile
{
    public bool TryLook(out long length, out ulong written)
    {
        (length, written) = (text.Length, 0);
        return true;
    }

    public byte[] Read(long from, long to) => text[(int)from..(int)to];

    public void Dispose()
    {
    }
}
