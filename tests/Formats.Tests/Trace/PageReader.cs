using System.Buffers.Binary;
using System.IO.Hashing;
using ZstdSharp;

namespace Diagnose.Formats.Tests.Trace;

/// <summary>
/// A reader of traces written from TRACE-FORMAT.md alone, for undamaged files: it uses nothing of the product, so that
/// where it reads the same as the product's reader does, the page says what the code does.
/// </summary>
internal sealed class PageReader : IDisposable
{
    public readonly record struct PageHit(ulong Time, ulong Cpu, ulong Event, ulong Context, ulong Stack);

    private readonly byte[] _file;
    private readonly Decompressor _zstd = new();

    public PageReader(byte[] file, int start = 0)
    {
        _file = file;
        Next = start;
        if (!IsFileHeader(start) || U16(start + 8) != 1)
            throw new InvalidDataException("no file header");
        List<(int Kind, int Payload, int Length, ulong FirstTime)> blocks = [.. Blocks(start + (int)U32(start + 12))];
        // Two passes: definitions first, wherever they stand.
        foreach (var block in blocks.Where(b => b.Kind == 1))
            ReadTables(block.Payload, block.Length);
        foreach (var block in blocks.Where(b => b.Kind == 2))
            ReadHits(block.Payload, block.FirstTime);
        foreach (var block in blocks.Where(b => b.Kind == 3))
            ReadEnd(block.Payload);
    }

    /// <summary>Values of every row, by table and id; of table 3 only the lengths.</summary>
    public Dictionary<(ulong Table, ulong Id), List<ulong>> Rows { get; } = [];

    public Dictionary<ulong, byte[]> Strings { get; } = new() { [0] = [] };

    public List<PageHit> Hits { get; } = [];

    public Dictionary<ulong, ulong> End { get; } = [];

    /// <summary>Where the segment ends.</summary>
    public int Next { get; private set; }

    public void Dispose() => _zstd.Dispose();

    private IEnumerable<(int Kind, int Payload, int Length, ulong FirstTime)> Blocks(int at)
    {
        var seen = new HashSet<uint>();
        while (at < _file.Length && !IsFileHeader(at))
        {
            int length = (int)U32(at + 12);
            if (U32(at) != 0x6b6c62fd || U32(at + 20) != 0 || U64(at + 40) != XxHash3.HashToUInt64(_file.AsSpan(at, 40))
                || U64(at + 32) != XxHash3.HashToUInt64(_file.AsSpan(at + 48, length)))
                throw new InvalidDataException($"no block at {at}");
            if (seen.Add(U32(at + 8)))
                yield return (U16(at + 4), at + 48, length, U64(at + 24));
            at += 48 + length;
        }

        Next = at;
    }

    private bool IsFileHeader(int at) =>
        _file.AsSpan(at, 8).SequenceEqual(new byte[] { 0x89, 0x44, 0x54, 0x54, 0x0d, 0x0a, 0x1a, 0x0a })
        && U64(at + 24) == XxHash3.HashToUInt64(_file.AsSpan(at, 24));

    private void ReadTables(int at, int length)
    {
        byte[] raw = Packed(_file, ref at);
        for (int p = 0; p < raw.Length;)
        {
            ulong table = Varint(raw, ref p);
            int end = (int)Varint(raw, ref p);
            end += p;
            ulong first = Varint(raw, ref p), rows = Varint(raw, ref p), columns = Varint(raw, ref p);
            for (ulong row = 0; row < rows; row++)
                Rows.Add((table, first + row), []);
            for (ulong column = 0; column < columns; column++)
            {
                byte codec = raw[p++];
                int bytes = (int)Varint(raw, ref p);
                int next = p + bytes;
                ulong before = 0;
                for (ulong id = first; id < first + rows; id++)
                {
                    if (codec == 3)
                    {
                        int size = (int)Rows[(table, id)][0];
                        Strings.Add(id, raw[p..(p + size)]);
                        p += size;
                        continue;
                    }

                    ulong value = Varint(raw, ref p);
                    if (codec == 1)
                        value = before + Unzigzag(value);
                    else if (codec == 2)
                        value = id - value;
                    Rows[(table, id)].Add(before = value);
                }

                if (p != next)
                    throw new InvalidDataException($"column {column} of table {table}");
            }

            if (p != end)
                throw new InvalidDataException($"section of table {table}");
        }
    }

    private void ReadHits(int at, ulong firstTime)
    {
        int count = (int)Varint(_file, ref at);
        var hits = new (ulong Cpu, ulong Event, ulong Time, ulong Context, ulong Stack)[count];
        var starts = new Dictionary<int, ulong>();
        int hit = 0;
        for (ulong runs = Varint(_file, ref at); runs > 0; runs--)
        {
            ulong cpu = Varint(_file, ref at), eventId = Varint(_file, ref at), inRun = Varint(_file, ref at);
            starts.Add(hit, firstTime + Varint(_file, ref at));
            for (; inRun > 0; inRun--, hit++)
                (hits[hit].Cpu, hits[hit].Event) = (cpu, eventId);
        }

        var stackIds = new List<ulong>();
        for (ulong columns = Varint(_file, ref at); columns > 0; columns--)
        {
            int column = _file[at++], width = _file[at++], p = 0;
            byte[] raw = Packed(_file, ref at);
            ulong id = 0;
            switch (column)
            {
                case 1:
                    for (int i = 0; i < count; i++)
                        hits[i].Time = starts.TryGetValue(i, out ulong start) ? start : hits[i - 1].Time + Plane(raw, width, count, i);
                    break;
                case 2:
                    for (int i = 0; p < raw.Length;)
                    {
                        id += Unzigzag(Varint(raw, ref p));
                        for (ulong same = Varint(raw, ref p); same > 0; same--)
                            hits[i++].Context = id;
                    }

                    break;
                case 3:
                    while (p < raw.Length)
                        stackIds.Add(id += Unzigzag(Varint(raw, ref p)));
                    break;
                case 4:
                    for (int i = 0; i < count; i++)
                        hits[i].Stack = stackIds[(int)Plane(raw, width, count, i)];
                    break;
            }
        }

        foreach (var h in hits)
            Hits.Add(new PageHit(h.Time, h.Cpu, h.Event, h.Context, h.Stack));
    }

    private void ReadEnd(int at)
    {
        for (ulong totals = Varint(_file, ref at); totals > 0; totals--)
            End.Add(Varint(_file, ref at), Varint(_file, ref at));
    }

    private byte[] Packed(byte[] bytes, ref int at)
    {
        byte codec = bytes[at++];
        int raw = (int)Varint(bytes, ref at), stored = (int)Varint(bytes, ref at);
        ReadOnlySpan<byte> data = bytes.AsSpan(at, stored);
        at += stored;
        return codec == 0 ? data.ToArray() : _zstd.Unwrap(data, raw).ToArray();
    }

    private static ulong Plane(byte[] planes, int width, int count, int i)
    {
        ulong value = 0;
        for (int plane = width - 1; plane >= 0; plane--)
            value = value << 8 | planes[plane * count + i];
        return value;
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 127) << shift;
            if (b < 128)
                return value;
        }
    }

    private static ulong Unzigzag(ulong value) => (value & 1) == 0 ? value / 2 : ~(value / 2);

    private ushort U16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at));

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(at));
}
