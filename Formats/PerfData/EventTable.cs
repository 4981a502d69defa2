using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// The events of a file and which of them a record belongs to, as <c>evlist__event2evsel()</c> in
/// <c>tools/perf/util/evlist.c</c> decides it: by the id in the record, which is 0 in records that perf made up itself.
/// </summary>
internal sealed class EventTable(PerfDataLimits limits)
{
    private readonly List<PerfDataEvent> events = [];
    private readonly Dictionary<ulong, PerfDataEvent> byId = new(new SpreadIds());
    private readonly List<int> samplePlaces = [];
    private readonly List<int> trailerPlaces = [];
    private int ids;
    private bool sameLayout = true;
    private ulong lastId;
    private PerfDataEvent? last;

    public IReadOnlyList<PerfDataEvent> Events => events;

    /// <summary>How many more ids are taken in.</summary>
    public int IdsLeft => limits.Ids - ids;

    /// <summary>Null, or why the event was not taken in.</summary>
    public string? Add(in PerfEventAttr attr, ulong[] ofEvent)
    {
        if (events.Count == limits.Events) return $"more than {limits.Events} events";
        if (ofEvent.Length > limits.Ids - ids) return $"more than {limits.Ids} event ids";
        var added = new PerfDataEvent(events.Count, attr, ofEvent);
        events.Add(added);
        ids += ofEvent.Length;
        foreach (var id in ofEvent) byId[id] = added;
        last = null;
        AddPlace(samplePlaces, added.SampleIdPlace);
        AddPlace(trailerPlaces, added.TrailerIdPlace);
        ref readonly var first = ref events[0].Attr;
        sameLayout &= attr.SampleType == first.SampleType && attr.ReadFormat == first.ReadFormat
            && attr.SampleIdAll == first.SampleIdAll && attr.SampleRegsUser == first.SampleRegsUser
            && attr.SampleRegsIntr == first.SampleRegsIntr && attr.BranchSampleType == first.BranchSampleType;
        return null;
    }

    public PerfDataEvent? ById(ulong id) => byId.GetValueOrDefault(id);

    /// <summary>The event of a kernel record, which is still in the file's byte order; null when no event has its id.</summary>
    public PerfDataEvent? Find(ReadOnlySpan<byte> record, bool isSample, ByteOrder order)
    {
        if (events.Count <= 1) return events.Count == 0 ? null : events[0];
        if (!isSample && !events[0].Attr.SampleIdAll) return events[0];
        var places = isSample ? samplePlaces : trailerPlaces;
        if (places.Count == 0) return sameLayout ? events[0] : null;
        var isMadeUp = false;
        foreach (var place in places)
        {
            var at = isSample ? place : record.Length - place;
            if (at < RecordReader.HeaderSize || at > record.Length - 8) continue;
            var id = order.U64(record[at..]);
            isMadeUp |= id == 0;
            if (id != lastId || last is null)
            {
                if (!byId.TryGetValue(id, out var found)) continue;
                (lastId, last) = (id, found);
            }

            if ((isSample ? last.SampleIdPlace : last.TrailerIdPlace) == place) return last;
        }

        return isMadeUp ? events[0] : null;
    }

    private static void AddPlace(List<int> places, int place)
    {
        if (place != 0 && !places.Contains(place)) places.Add(place);
    }

    // The hash that ulong has is chosen easily enough by whoever makes a file, so that all ids collide.
    private sealed class SpreadIds : IEqualityComparer<ulong>
    {
        private readonly ulong factor = (ulong)Random.Shared.NextInt64() | 1;

        public bool Equals(ulong one, ulong other) => one == other;

        public int GetHashCode(ulong id) => (int)(id * factor >> 32);
    }
}
