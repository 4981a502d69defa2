using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_MMAP: a mapping was made.</summary>
public readonly ref struct MmapRecord
{
    /// <summary>Process id; -1 for a mapping of the kernel itself.</summary>
    public int Pid { get; private init; }

    public int Tid { get; private init; }

    /// <summary>First address.</summary>
    public ulong Addr { get; private init; }

    /// <summary>Bytes.</summary>
    public ulong Len { get; private init; }

    /// <summary>Offset in the file, in bytes.</summary>
    public ulong PgOff { get; private init; }

    /// <summary>True when the mapping was made without PROT_EXEC.</summary>
    public bool IsData { get; private init; }

    /// <summary>Path in the process's mount namespace, or <c>[vdso]</c>, <c>//anon</c> and the like; no NUL.</summary>
    public ReadOnlySpan<byte> Filename { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out MmapRecord mmap)
    {
        mmap = default;
        if (!layout.TryGetBody(record, 32, out var body)) return false;
        mmap = new MmapRecord
        {
            Pid = BinaryPrimitives.ReadInt32LittleEndian(body),
            Tid = BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            Addr = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]),
            Len = BinaryPrimitives.ReadUInt64LittleEndian(body[16..]),
            PgOff = BinaryPrimitives.ReadUInt64LittleEndian(body[24..]),
            IsData = (RecordReader.MiscOf(record) & RecordMisc.MmapData) != 0,
            Filename = RecordText.UpToNul(body[32..]),
        };
        return true;
    }
}
