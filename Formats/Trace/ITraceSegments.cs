using System.Diagnostics.CodeAnalysis;

namespace Diagnose.Formats.Trace;

/// <summary>Segments of a trace one after the other, from wherever they come.</summary>
internal interface ITraceSegments
{
    /// <summary>Segments so far.</summary>
    int Count { get; }

    /// <summary>Why there are no more, although the input is not at its end; null when it is.</summary>
    string? Error { get; }

    /// <summary>The next segment, which makes that before it unusable. False at the end of the input, or for an error.</summary>
    bool TryNext([NotNullWhen(true)] out TraceReader? segment);
}
