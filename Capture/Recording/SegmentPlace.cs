namespace Diagnose.Capture.Recording;

/// <summary>A segment of the trace that is complete.</summary>
/// <param name="Hits">Hits in it.</param>
/// <param name="Lost">Hits that never reached it.</param>
/// <param name="Removed">Hits of earlier segments that were removed, of which it tells.</param>
internal readonly record struct EndedSegment(ulong Hits, ulong Lost, ulong Removed);

/// <summary>Where the segments of a recording go.</summary>
internal interface ISegmentPlace
{
    /// <summary>Bytes after which a segment should end.</summary>
    long MostBytes { get; }

    /// <summary>Takes a finished segment over and gives the stream of the next.</summary>
    Stream Next(in EndedSegment ended);
}

/// <summary>All segments behind each other in one file.</summary>
internal sealed class OneFile(Stream stream) : ISegmentPlace
{
    public long MostBytes => long.MaxValue;

    public Stream Next(in EndedSegment ended) => stream;
}
