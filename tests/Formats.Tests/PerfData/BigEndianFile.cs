using System.Buffers.Binary;

namespace Diagnose.Formats.Tests.PerfData;

/// <summary>
/// What a big-endian machine would have written in place of a file of this one. Says for each structure the widths of
/// its fields (8, 4, 2; 1 is a byte, b eight bytes of bit field), reading counts from the original.
/// </summary>
internal sealed class BigEndianFile
{
    private readonly byte[] from;
    private readonly byte[] to;
    private readonly List<(ulong Id, ulong SampleType, ulong ReadFormat, int User, int Interrupt)> events = [];
    private int at;

    private BigEndianFile(byte[] littleEndian)
    {
        from = littleEndian;
        to = [.. littleEndian];
    }

    public static byte[] From(byte[] littleEndian)
    {
        var file = new BigEndianFile(littleEndian);
        if (file.U64(8) == 16) file.Pipe();
        else file.File();
        return file.to;
    }

    private void Pipe()
    {
        Turn("88");
        while (at < from.Length) Record();
    }

    private void File()
    {
        var (attrSize, attrs, attrsSize) = ((int)U64(16), (int)U64(24), (int)U64(32));
        var (data, dataSize) = ((int)U64(40), (int)U64(48));
        var features = U64(72);
        Turn("8888888888888");
        for (var i = 0; i < attrsSize / attrSize; i++)
        {
            var attr = attrs + i * attrSize;
            at = attr;
            Attr(attrSize - 16);
            var (ids, idsSize) = ((int)U64(at), (int)U64(at + 8));
            Turn("88");
            AddEvent(attr, ids, idsSize / 8);
            at = ids;
            Repeat("8", idsSize / 8);
        }

        at = data;
        while (at < data + dataSize) Record();
        for (var bit = 0; bit < 64; bit++)
        {
            if ((features >> bit & 1) == 0) continue;
            var next = at + 16;
            var (section, size) = ((int)U64(at), (int)U64(at + 8));
            Turn("88");
            at = section;
            Feature(bit, section + size);
            at = next;
        }
    }

    private void Attr(int size)
    {
        var start = at;
        Turn("448888b448888448422448");
        at = start + size;
    }

    private void AddEvent(int attr, int ids, int count)
    {
        for (var i = 0; i < Math.Max(count, 1); i++)
            events.Add((count == 0 ? 0 : U64(ids + i * 8), U64(attr + 24), U64(attr + 32), Bits(attr + 80), Bits(attr + 96)));
    }

    private int Bits(int place) => System.Numerics.BitOperations.PopCount(U64(place));

    private void Feature(int bit, int end)
    {
        switch (bit)
        {
            case 2:
                while (at < end) BuildId();
                break;
            case 3 or 4 or 5 or 6 or 8 or 9:
                Turn("4");
                break;
            case 7:
                Turn("44");
                break;
            case 10 or 23:
                Turn("8");
                break;
            case 11:
                for (var left = Count4(); left > 0; left--) Skip(Count4());
                break;
            case 12:
                var left12 = Count4();
                var size = (int)Count4();
                for (; left12 > 0; left12--)
                {
                    Attr(size);
                    var ids = (int)Count4();
                    Skip(Count4());
                    Repeat("8", ids);
                }

                break;
            case 21:
                Turn("88");
                break;
            case 27:
                Turn("44444");
                break;
            case 29:
                Turn("4488");
                break;
        }
    }

    private void BuildId()
    {
        var end = at + U16(at + 6);
        Turn("4224");
        at = end;
    }

    private void Record()
    {
        var start = at;
        var (kind, misc, size) = (U32(at), U16(at + 4), U16(at + 6));
        Turn("422");
        var end = start + size;
        var one = Owner(kind, start, end);
        if (kind < 64 && kind != 9)
        {
            at = end - Trailer(one.SampleType).Length * 8;
            foreach (var field in Trailer(one.SampleType)) Turn(field);
            at = start + 8;
        }

        switch (kind)
        {
            case 1: Turn("44888"); break;
            case 3: Turn("44"); break;
            case 4 or 7: Turn("44448"); break;
            case 9: Sample(one); break;
            case 10: Turn((misc & 1 << 14) != 0 ? "44888" : "448884488"); if ((misc & 1 << 14) != 0) at += 24; Turn("44"); break;
            case 16: Turn("44"); Repeat("88", (int)Count8()); break;
            case 17: Turn("8422"); break;
            case 13 or 19: Turn("8"); break;
            case 64:
                var attr = at;
                Attr((int)U32(at + 4));
                AddEvent(attr, at, (end - at) / 8);
                Repeat("8", (end - at) / 8);
                break;
            case 66: Turn("4"); end += (int)U32(at - 4); break;
            case 67: at = start; BuildId(); break;
            case 78: Turn("88"); break;
            case 80: var feature = (int)Count8(); Feature(feature, end); break;
        }

        at = end;
    }

    // All events of these fixtures have IDENTIFIER, or their fields are the same, or there is but one.
    private (ulong Id, ulong SampleType, ulong ReadFormat, int User, int Interrupt) Owner(uint kind, int start, int end)
    {
        if (events.Count == 0) return default;
        var id = kind == 9 ? U64(start + 8) : end - 8 > start ? U64(end - 8) : 0;
        return events.FirstOrDefault(one => one.Id == id, events[0]);
    }

    private static string[] Trailer(ulong type) =>
        [.. new[] { (1, "44"), (2, "8"), (6, "8"), (9, "8"), (7, "44"), (16, "8") }.Where(field => (type >> field.Item1 & 1) != 0).Select(field => field.Item2)];

    private void Sample((ulong Id, ulong SampleType, ulong ReadFormat, int User, int Interrupt) one)
    {
        foreach (var bit in new[] { 16, 0, 1, 2, 3, 6, 9, 7, 8, 4, 5, 10, 12, 13, 14, 24, 15, 17, 18, 19, 21, 22, 23 })
        {
            if ((one.SampleType >> bit & 1) == 0) continue;
            switch (bit)
            {
                case 1 or 7: Turn("44"); break;
                case 4: // group, with id and perhaps lost; times
                    var counters = (int)Count8();
                    Repeat("8", System.Numerics.BitOperations.PopCount(one.ReadFormat & 3));
                    Repeat("8", counters * (1 + System.Numerics.BitOperations.PopCount(one.ReadFormat & 0x14)));
                    break;
                case 5: Repeat("8", (int)Count8()); break;
                case 10: Skip(Count4()); break;
                case 12: if (Count8() != 0) Repeat("8", one.User); break;
                case 13: Skip(Count8()); Turn("8"); break;
                case 18: if (Count8() != 0) Repeat("8", one.Interrupt); break;
                // WEIGHT_STRUCT, too: a big-endian machine declares its parts the other way round.
                default: Turn("8"); break;
            }
        }
    }

    private void Skip(ulong bytes) => at += (int)bytes;

    private ulong Count8()
    {
        Turn("8");
        return U64(at - 8);
    }

    private uint Count4()
    {
        Turn("4");
        return U32(at - 4);
    }

    private void Repeat(string fields, int times)
    {
        for (; times > 0; times--) Turn(fields);
    }

    private void Turn(string fields)
    {
        foreach (var field in fields)
        {
            var size = field == 'b' ? 8 : field - '0';
            if (field == 'b') Bitfield();
            else to.AsSpan(at, size).Reverse();
            at += size;
        }
    }

    // Field after field from the highest bit down, as a big-endian compiler lays them out; all have one bit but precise_ip.
    private void Bitfield()
    {
        var source = U64(at);
        ulong turned = 0;
        var place = 64;
        for (var bit = 0; bit < 64; bit += bit == 15 ? 2 : 1)
        {
            var width = bit == 15 ? 2 : 1;
            place -= width;
            turned |= (source >> bit & (1UL << width) - 1) << place;
        }

        BinaryPrimitives.WriteUInt64BigEndian(to.AsSpan(at), turned);
    }

    private ulong U64(int place) => BinaryPrimitives.ReadUInt64LittleEndian(from.AsSpan(place));

    private uint U32(int place) => BinaryPrimitives.ReadUInt32LittleEndian(from.AsSpan(place));

    private ushort U16(int place) => BinaryPrimitives.ReadUInt16LittleEndian(from.AsSpan(place));
}
