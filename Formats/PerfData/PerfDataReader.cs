using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// Reads a perf.data file of <c>perf record</c>, in file mode or pipe mode, once from front to end: kernel records in
/// order of time, as perf(1) processes them. Sources: <c>tools/perf/Documentation/perf.data-file-format.txt</c> and
/// <c>linux/perf_event.h</c>. Damage never throws: what lies before it is given out and <see cref="Damage"/> tells.
/// </summary>
public sealed class PerfDataReader : IDisposable
{
    // Records looked at, here or in the walk, until the file's pages are let go of.
    private const int ReleaseEvery = 1 << 16;

    private readonly IFileBytes bytes;
    private readonly bool inOrder;
    private readonly EventTable events;
    private readonly RecordChunks chunks;
    private readonly RoundSorter sorter;
    private readonly DamageLog damage;
    private readonly RecordWalk walk;
    private WalkStep? peeked;
    private bool atEnd;
    private RecordPlace place = new(RecordPlace.File, -1);
    private PerfDataEvent? owner;
    private ulong time;
    private int looked;

    private PerfDataReader(IFileBytes bytes, PerfDataHeader header, PerfDataLimits limits, bool inOrder)
    {
        this.bytes = bytes;
        this.inOrder = inOrder;
        Header = header;
        events = new EventTable(limits);
        chunks = new RecordChunks(limits.WindowBytes);
        sorter = new RoundSorter(limits.WindowRecords);
        damage = new DamageLog(limits.Damage);
        var user = new UserRecords(header, events, Features, Counts, limits, damage);
        FileSection data;
        if (header.IsPipe)
        {
            data = new FileSection(PerfDataHeader.PipeSize, (ulong)bytes.Length - PerfDataHeader.PipeSize);
        }
        else
        {
            if (FileAttrs.Read(bytes, header, events) is { } why) damage.Add(why.Offset, why.Reason);
            data = FileFeatures.Read(bytes, header, Features, limits, damage);
            user.NameEvents();
        }

        walk = new RecordWalk(bytes, header, data, events, user, chunks, Counts, damage);
        // In pipe mode the events and features come first; having them before the first record spares callers a rule.
        if (header.IsPipe) peeked = walk.MoveNext();
    }

    public PerfDataHeader Header { get; }

    /// <summary>The events; in pipe mode those described before the first record, and later ones as they come.</summary>
    public IReadOnlyList<PerfDataEvent> Events => events.Events;

    public PerfDataFeatures Features { get; } = new();

    /// <summary>What was met so far.</summary>
    public PerfDataCounts Counts { get; } = new();

    /// <summary>What could not be read so far, in the order it was met.</summary>
    public IReadOnlyList<PerfDataDamage> Damage => damage.Entries;

    /// <summary>The record found by the last <see cref="MoveNext"/>; valid until the next.</summary>
    public PerfDataRecord Current
    {
        get
        {
            if (owner is null) return default;
            var start = place.Chunk == RecordPlace.File
                ? bytes.Slice(place.Offset, ushort.MaxValue)
                : chunks[place.Chunk].AsSpan((int)place.Offset);
            return new PerfDataRecord(start[..RecordReader.SizeOf(start)], owner, time);
        }
    }

    /// <summary>Opens a file; false, with the reason, only when its header cannot be read.</summary>
    /// <param name="bytes">The file; it must not change while it is read.</param>
    /// <param name="inOrder">False to give the records in the order of the file, without holding any back.</param>
    public static bool TryOpen(
        IFileBytes bytes, out PerfDataReader? reader, out string? error, PerfDataLimits? limits = null, bool inOrder = true)
    {
        reader = PerfDataHeader.TryRead(bytes, out var header, out error) ? new PerfDataReader(bytes, header!, limits ?? new(), inOrder) : null;
        return reader is not null;
    }

    /// <summary>Moves to the next record; false at the end.</summary>
    public bool MoveNext()
    {
        LetGo();
        while (true)
        {
            if (++looked >= ReleaseEvery)
            {
                // What is held back lies near the end of it and comes back from the system's cache.
                bytes.Release(0, walk.NextOffset);
                looked = 0;
            }

            if (sorter.TryTake(out var held))
            {
                (place, owner, time) = (new RecordPlace(held.Chunk, held.Offset), events.Events[held.Event], held.Time);
                return true;
            }

            if (atEnd) return false;
            var step = peeked ?? walk.MoveNext();
            peeked = null;
            if (step == WalkStep.End)
            {
                atEnd = true;
                walk.NoteCutEnd();
                sorter.Finish();
            }
            else if (step == WalkStep.FinishedRound)
            {
                sorter.FinishRound();
            }
            else if (TakeOrHold())
            {
                return true;
            }
        }
    }

    public void Dispose() => walk.Dispose();

    // True when the record of the walk goes out at once: records without a time cannot be sorted. That of records made
    // up by perf is 0.
    private bool TakeOrHold()
    {
        if (walk.Place.Chunk != RecordPlace.File) chunks.Hold(walk.Place.Chunk);
        var isTimed = walk.Time is not (0 or ulong.MaxValue);
        if (!isTimed) Counts.Untimed++;
        if (!isTimed || !inOrder)
        {
            (place, owner, time) = (walk.Place, walk.Event, isTimed ? walk.Time : 0);
            return true;
        }

        if (!sorter.Add(new HeldRecord(walk.Time, walk.Place.Offset, walk.Place.Chunk, walk.Event.Index))) Counts.Unordered++;
        if (sorter.IsFull || chunks.IsFull) sorter.LetOutHalf();
        return false;
    }

    private void LetGo()
    {
        if (owner is not null && place.Chunk != RecordPlace.File) chunks.Release(place.Chunk);
        owner = null;
    }
}
