using System.Diagnostics.CodeAnalysis;
using Diagnose.Formats.Bytes;

namespace Diagnose.Formats.Trace;

/// <summary>
/// The segments of a trace, one after the other. Each has definitions of its own: whoever lets go of one before asking for
/// the next needs no more memory for a thousand than for the largest of them.
/// </summary>
public sealed class TraceSegments(IFileBytes bytes) : ITraceSegments
{
    private int _mayMiss = TraceLimits.MissingRows;
    private long _next;

    /// <summary>Segments so far.</summary>
    public int Count { get; private set; }

    /// <summary>Why the file is not read to its end, with the offset; null when it is.</summary>
    public string? Error { get; private set; }

    /// <summary>Opens the next segment; a file has at least one. False at the end of the file, or for an error.</summary>
    public bool TryNext([NotNullWhen(true)] out TraceReader? segment)
    {
        segment = null;
        if (Error is not null || (Count > 0 && _next >= bytes.Length))
            return false;
        if (Count == TraceLimits.Segments)
        {
            Error = $"offset {_next}: the file has more than {TraceLimits.Segments} segments; the rest is not read";
            return false;
        }

        if (!TraceReader.TryOpen(bytes, out TraceReader reader, out string? error, _next, _mayMiss))
        {
            Error = _next == 0 ? error : $"{error}; the rest is not read";
            return false;
        }

        Count++;
        _next = reader.EndOffset;
        _mayMiss -= Math.Min(_mayMiss, reader.Definitions.WastedRows);
        segment = reader;
        return true;
    }
}
