using Diagnose.Formats.Bytes;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// The attribute section of file mode: <c>struct perf_file_attr</c>, an attribute and the section with its ids, once for
/// every event.
/// </summary>
internal static class FileAttrs
{
    /// <summary>Reads them into <paramref name="events"/> up to the first that is damaged.</summary>
    public static PerfDataDamage? Read(IFileBytes bytes, PerfDataHeader header, EventTable events)
    {
        const int least = PerfEventAttr.SmallestSize + FileSection.StoredSize, most = 1 << 16;
        if (header.AttrSize is < least or > most)
            return new PerfDataDamage(16, $"attribute size {header.AttrSize} cannot be true");
        var size = (int)header.AttrSize;
        var count = header.Attrs.Size / header.AttrSize;
        for (ulong i = 0; i < count; i++)
        {
            var place = new FileSection(header.Attrs.Offset + i * header.AttrSize, header.AttrSize);
            if (!header.Attrs.FitsIn(long.MaxValue) || !place.FitsIn(bytes.Length))
                return new PerfDataDamage((long)Math.Min(place.Offset, (ulong)bytes.Length), $"attribute {i} of {count} is beyond the end of the file");
            var offset = (long)place.Offset;
            var stored = bytes.Slice(offset, size);
            var ids = FileSection.Read(stored[^FileSection.StoredSize..], header.Order);
            if (!StoredAttr.TryRead(stored[..^FileSection.StoredSize], header.Order, out var attr))
                return new PerfDataDamage(offset, $"attribute {i} cannot be read");
            if (!ids.FitsIn(bytes.Length) || ids.Size > int.MaxValue)
                return new PerfDataDamage(offset, $"ids of event {i} are beyond the end of the file");
            if (ids.Size > (ulong)events.IdsLeft * 8) return new PerfDataDamage(offset, "more event ids than are read");
            var taken = StoredAttr.ReadIds(bytes.Slice((long)ids.Offset, (int)ids.Size), header.Order);
            if (events.Add(attr, taken) is { } why) return new PerfDataDamage(offset, why);
        }

        return count == 0 ? new PerfDataDamage(24, "the file has no events") : null;
    }
}
