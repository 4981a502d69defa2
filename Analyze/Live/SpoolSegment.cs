using Diagnose.Formats.Bytes;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Live;

/// <summary>
/// A segment that a recorder is writing, read as far as it has come. Its file stays open, so that all of it can be read when it
/// is renamed, moved or removed meanwhile; nothing in it is changed. It is copied rather than mapped: a recorder that fails to
/// write cuts its file short.
/// </summary>
internal sealed class SpoolSegment : IDisposable
{
    private readonly FileStream _file;
    private byte[] _bytes = new byte[1 << 20];
    private int _length;
    private long _seenTo;

    private SpoolSegment(FileStream file) => _file = file;

    /// <summary>True when there will be nothing more.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Null where the file is gone.</summary>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SpoolSegment? TryOpen(string path)
    {
        try
        {
            return new SpoolSegment(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads what was written since the last time; null where there is nothing new.</summary>
    /// <param name="from">Blocks from this offset on were not given yet.</param>
    public TraceReader? Read(out long from)
    {
        from = _seenTo;
        int before = _length;
        for (int read; (read = _file.Read(_bytes, _length, _bytes.Length - _length)) > 0;)
        {
            _length += read;
            if (_length == _bytes.Length)
                Array.Resize(ref _bytes, checked(2 * _length));
        }

        if (_length == before || !TraceReader.TryOpen(new FileInMemory(_bytes.AsMemory(0, _length)), out TraceReader segment, out _))
            return null;
        IsFinished = segment.IsComplete;
        // A block that is not all there yet is none yet.
        foreach (HitBlockPlace block in segment.HitBlocks)
            _seenTo = Math.Max(_seenTo, block.Offset + BlockHeader.Size + block.Header.Length);
        return segment;
    }

    public void Dispose() => _file.Dispose();
}
