using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Recording;

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
