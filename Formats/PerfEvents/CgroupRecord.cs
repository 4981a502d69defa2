using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_CGROUP: a cgroup was made.</summary>
public readonly ref struct CgroupRecord
{
    /// <summary>The id that <see cref="SampleRecord.Cgroup"/> uses.</summary>
    public ulong Id { get; private init; }

    /// <summary>Path from the root of the hierarchy, starting with a slash.</summary>
    public ReadOnlySpan<byte> Path { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out CgroupRecord cgroup)
    {
        cgroup = default;
        if (!layout.TryGetBody(record, 8, out var body)) return false;
        cgroup = new CgroupRecord
        {
            Id = BinaryPrimitives.ReadUInt64LittleEndian(body),
            Path = RecordText.UpToNul(body[8..]),
        };
        return true;
    }
}
