namespace Diagnose.Formats.PerfData;

/// <summary>Copies of records of the other byte order, to be swapped in place.</summary>
internal sealed class CopiedRecords(RecordChunks chunks)
{
    private int chunk = RecordPlace.File;
    private int filled;

    public Span<byte> Add(ReadOnlySpan<byte> record, out RecordPlace place)
    {
        if (chunk == RecordPlace.File || record.Length > RecordChunks.Size - filled)
        {
            if (chunk != RecordPlace.File) chunks.Release(chunk);
            chunk = chunks.Rent();
            filled = 0;
        }

        place = new RecordPlace(chunk, filled);
        var copy = chunks[chunk].AsSpan(filled, record.Length);
        record.CopyTo(copy);
        // Fields of eight bytes stay where the processor likes them.
        filled = Math.Min(filled + record.Length + 7 & ~7, RecordChunks.Size);
        return copy;
    }
}
