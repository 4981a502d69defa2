using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>Segments that are made, one at a time and in memory, of what another tool recorded.</summary>
internal interface IImportedSegments : ITraceSegments, IDisposable
{
    /// <summary>What the file is, in a word.</summary>
    string Format { get; }

    /// <summary>The whole current segment, as it would stand in a trace.</summary>
    ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What could not be read so far, with its place.</summary>
    IReadOnlyList<string> Damage { get; }

    /// <summary>What was read and means nothing here, counted, on one line; null for nothing. Final at the end of the file.</summary>
    string? Skipped { get; }

    /// <summary>What is worth knowing about the names that were found and those that were not.</summary>
    IReadOnlyCollection<string> Notices { get; }

    /// <summary>The names of the events whose hits are taken.</summary>
    IReadOnlyList<string> Taken { get; }

    /// <summary>Hits so far.</summary>
    ulong Hits { get; }

    /// <summary>Hits that are known to be missing.</summary>
    ulong Lost { get; }

    /// <summary>Bytes of all segments together.</summary>
    long BytesWritten { get; }

    /// <summary>Makes the next segment without opening it.</summary>
    bool TryFill();
}
