namespace Diagnose.Formats.PerfData;

/// <summary>Where a record lies: in the file, or in one of the chunks.</summary>
/// <param name="Chunk"><see cref="File"/>, or the number of the chunk.</param>
internal readonly record struct RecordPlace(int Chunk, long Offset)
{
    public const int File = -1;
}
