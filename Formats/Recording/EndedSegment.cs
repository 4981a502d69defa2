namespace Diagnose.Formats.Recording;

/// <summary>A segment of the trace that is complete.</summary>
/// <param name="Hits">Hits in it.</param>
/// <param name="Lost">Hits that never reached it.</param>
/// <param name="Removed">Hits of earlier segments that were removed, of which it tells.</param>
internal readonly record struct EndedSegment(ulong Hits, ulong Lost, ulong Removed);
