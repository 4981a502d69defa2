using System.Text;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// Takes in the records of perf(1) that describe the file, which is where pipe mode has what file mode has in its
/// header. The layouts are those of <c>tools/lib/perf/include/perf/event.h</c>.
/// </summary>
internal sealed class UserRecords(
    PerfDataHeader header, EventTable events, PerfDataFeatures features, PerfDataCounts counts, PerfDataLimits limits, DamageLog damage)
{
    // PERF_EVENT_UPDATE__NAME.
    private const ulong UpdateName = 2;

    /// <summary>Takes a whole record in, in the order of the file. Nothing it says ends the reading.</summary>
    public void TakeIn(UserRecordKind kind, ReadOnlySpan<byte> record, long offset)
    {
        var body = record[RecordReader.HeaderSize..];
        switch (kind)
        {
            case UserRecordKind.HeaderAttr when header.IsPipe:
                AddEvent(body, offset);
                break;
            case UserRecordKind.HeaderBuildId:
                if (BuildIdEvent.Read(record, header.Order) is not { } entry) counts.Malformed++;
                else if (!features.Add(entry, limits)) damage.Add(offset, $"more than {limits.BuildIds} build ids");
                break;
            case UserRecordKind.EventUpdate:
                Rename(body);
                break;
            case UserRecordKind.HeaderFeature:
                AddFeature(body, offset);
                break;
        }
    }

    /// <summary>Gives the events the names that the file has for them, by id or, for events without ids, by place.</summary>
    public void NameEvents()
    {
        var descs = features.EventDescs;
        for (var i = 0; i < descs.Count; i++)
        {
            var ids = descs[i].Ids.Span;
            var named = ids.IsEmpty ? (i < events.Events.Count && events.Events[i].Ids.IsEmpty ? events.Events[i] : null) : events.ById(ids[0]);
            if (named is not null) named.Name ??= descs[i].Name;
        }
    }

    private void AddEvent(ReadOnlySpan<byte> body, long offset)
    {
        if (body.Length < PerfEventAttr.SmallestSize)
        {
            counts.Malformed++;
            return;
        }

        var stated = header.Order.U32(body[4..]);
        var size = stated == 0 ? PerfEventAttr.SmallestSize : stated;
        if (size > (uint)body.Length || !StoredAttr.TryRead(body[..(int)size], header.Order, out var attr))
        {
            counts.Malformed++;
            return;
        }

        if (events.Add(attr, StoredAttr.ReadIds(body[(int)size..], header.Order)) is { } why) damage.Add(offset, why);
        NameEvents();
    }

    private void AddFeature(ReadOnlySpan<byte> body, long offset)
    {
        if (body.Length < 8)
        {
            counts.Malformed++;
            return;
        }

        // An empty one with the number behind the last feature marks the end of them.
        var number = header.Order.U64(body);
        if (number > 255 || body.Length == 8) return;
        if (features.Read((FeatureKind)number, body[8..], header.Order, limits) is { } why) damage.Add(offset, why);
        if ((FeatureKind)number == FeatureKind.EventDesc) NameEvents();
    }

    private void Rename(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16)
        {
            counts.Malformed++;
            return;
        }

        if (header.Order.U64(body) == UpdateName && events.ById(header.Order.U64(body[8..])) is { } named)
            named.Name = Encoding.UTF8.GetString(RecordText.UpToNul(body[16..]));
    }
}
