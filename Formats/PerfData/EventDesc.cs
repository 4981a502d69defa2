using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>HEADER_EVENT_DESC: an event with the name that perf gave it.</summary>
public sealed record EventDesc(PerfEventAttr Attr, string Name, ReadOnlyMemory<ulong> Ids)
{
    /// <summary>Reads the section; null when it is damaged.</summary>
    internal static List<EventDesc>? Read(ReadOnlySpan<byte> body, ByteOrder order)
    {
        var rest = new FeatureCursor(body, order);
        if (!rest.TryTake(out uint count) || !rest.TryTake(out uint attrSize)) return null;
        if (attrSize < PerfEventAttr.SmallestSize || count > (uint)rest.Left / attrSize) return null;
        var descs = new List<EventDesc>((int)count);
        for (uint i = 0; i < count; i++)
        {
            if (!rest.TryTake(attrSize, out var stored) || !StoredAttr.TryRead(stored, order, out var attr)) return null;
            if (!rest.TryTake(out uint ids) || !rest.TryTake(out string name)) return null;
            if (!rest.TryTake(ids * 8UL, out var idBytes)) return null;
            descs.Add(new EventDesc(attr, name, StoredAttr.ReadIds(idBytes, order)));
        }

        return descs;
    }
}
