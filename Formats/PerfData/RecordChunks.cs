namespace Diagnose.Formats.PerfData;

/// <summary>
/// Memory for records that cannot be borrowed from the file, since they were compressed or of the other byte order. A
/// chunk goes back once none of the records in it is held any more.
/// </summary>
internal sealed class RecordChunks(int limitBytes)
{
    /// <summary>Several of the longest record (65535 bytes), so that moving a cut one to the next chunk costs little.</summary>
    public const int Size = 1 << 18;

    private readonly List<byte[]> chunks = [];
    private readonly List<int> holds = [];
    private readonly Stack<int> free = [];

    /// <summary>True when records that are held back should be given out.</summary>
    public bool IsFull => chunks.Count - free.Count > limitBytes / Size;

    /// <summary>Chunks in memory, in use or not.</summary>
    public int Allocated => chunks.Count;

    public byte[] this[int chunk] => chunks[chunk];

    /// <summary>A chunk that is held once.</summary>
    public int Rent()
    {
        if (!free.TryPop(out var chunk))
        {
            chunk = chunks.Count;
            chunks.Add(GC.AllocateUninitializedArray<byte>(Size));
            holds.Add(0);
        }

        holds[chunk] = 1;
        return chunk;
    }

    public void Hold(int chunk) => holds[chunk]++;

    public void Release(int chunk)
    {
        if (--holds[chunk] == 0) free.Push(chunk);
    }
}
