using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>
/// The id that something has in the current segment of the trace. It is forgotten by itself when a new segment begins, so
/// that whatever is used there is defined there.
/// </summary>
internal struct SegmentId
{
    private int _segment;
    private int _id;

    /// <summary>The id, 0 when the current segment has none yet.</summary>
    public readonly int In(DefinitionWriter definitions) => _segment == definitions.Segment ? _id : 0;

    public int Set(DefinitionWriter definitions, int id)
    {
        (_segment, _id) = (definitions.Segment, id);
        return id;
    }
}
