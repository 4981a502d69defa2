using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// <c>struct sample_id</c>: who, when and where, at the end of every record that is no sample, when the event has
/// sample_id_all. Fields the event did not ask for are zero.
/// </summary>
public readonly record struct SampleId
{
    /// <summary>Process (thread group) id in the pid namespace of the opener.</summary>
    public int Pid { get; init; }

    /// <summary>Thread id.</summary>
    public int Tid { get; init; }

    /// <summary>Nanoseconds of the event's clock.</summary>
    public ulong Time { get; init; }

    /// <summary>Id of the event (of its parent when inherited), from PERF_SAMPLE_ID or PERF_SAMPLE_IDENTIFIER.</summary>
    public ulong Id { get; init; }

    /// <summary>Id of the very event, inherited or not.</summary>
    public ulong StreamId { get; init; }

    /// <summary>CPU number.</summary>
    public int Cpu { get; init; }

    /// <summary>
    /// The event id of a record whose event is not known yet. Only when every event in the ring has
    /// PERF_SAMPLE_IDENTIFIER (and sample_id_all), whose place does not depend on the other fields: the first
    /// field of a sample and the last of any other record.
    /// </summary>
    public static bool TryReadIdentifier(ReadOnlySpan<byte> record, out ulong id)
    {
        id = 0;
        if (record.Length < RecordReader.HeaderSize + 8) return false;
        var at = RecordReader.KindOf(record) == RecordKind.Sample ? RecordReader.HeaderSize : record.Length - 8;
        id = BinaryPrimitives.ReadUInt64LittleEndian(record[at..]);
        return true;
    }
}
