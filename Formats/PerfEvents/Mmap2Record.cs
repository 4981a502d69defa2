using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_MMAP2: a mapping was made, with what identifies the file.</summary>
public readonly ref struct Mmap2Record
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

    /// <summary>True when the record holds <see cref="BuildId"/> in place of device, inode and generation.</summary>
    public bool HasBuildId { get; private init; }

    /// <summary>Build ID, at most 20 bytes; empty when the record holds device and inode.</summary>
    public ReadOnlySpan<byte> BuildId { get; private init; }

    /// <summary>Major number of the file's device; 0 when the record holds a build ID.</summary>
    public uint Major { get; private init; }

    /// <summary>Minor number of the file's device.</summary>
    public uint Minor { get; private init; }

    public ulong Inode { get; private init; }

    public ulong InodeGeneration { get; private init; }

    /// <summary>PROT_* bits of mmap(2).</summary>
    public uint Prot { get; private init; }

    /// <summary>MAP_* bits of mmap(2).</summary>
    public uint MapFlags { get; private init; }

    /// <summary>True when the mapping was made without PROT_EXEC.</summary>
    public bool IsData { get; private init; }

    /// <summary>Path in the process's mount namespace, or <c>[vdso]</c>, <c>//anon</c> and the like; no NUL.</summary>
    public ReadOnlySpan<byte> Filename { get; private init; }

    /// <summary>Views a whole record; false when it is too short or its build ID is longer than its field.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out Mmap2Record mmap)
    {
        mmap = default;
        if (!layout.TryGetBody(record, 64, out var body)) return false;
        var misc = RecordReader.MiscOf(record);
        var hasBuildId = (misc & RecordMisc.MmapBuildId) != 0;
        if (hasBuildId && body[32] > 20) return false;
        mmap = new Mmap2Record
        {
            Pid = BinaryPrimitives.ReadInt32LittleEndian(body),
            Tid = BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            Addr = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]),
            Len = BinaryPrimitives.ReadUInt64LittleEndian(body[16..]),
            PgOff = BinaryPrimitives.ReadUInt64LittleEndian(body[24..]),
            HasBuildId = hasBuildId,
            BuildId = hasBuildId ? body.Slice(36, body[32]) : default,
            Major = hasBuildId ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(body[32..]),
            Minor = hasBuildId ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(body[36..]),
            Inode = hasBuildId ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(body[40..]),
            InodeGeneration = hasBuildId ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(body[48..]),
            Prot = BinaryPrimitives.ReadUInt32LittleEndian(body[56..]),
            MapFlags = BinaryPrimitives.ReadUInt32LittleEndian(body[60..]),
            IsData = (misc & RecordMisc.MmapData) != 0,
            Filename = RecordText.UpToNul(body[64..]),
        };
        return true;
    }
}
