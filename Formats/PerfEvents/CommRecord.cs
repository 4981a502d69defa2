using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_COMM: a thread got a new name.</summary>
public readonly ref struct CommRecord
{
    public int Pid { get; private init; }

    public int Tid { get; private init; }

    /// <summary>True when the name changed because of an exec: all earlier mappings of the process are gone.</summary>
    public bool IsExec { get; private init; }

    /// <summary>The name's bytes (the kernel keeps at most 15), without NUL.</summary>
    public ReadOnlySpan<byte> Comm { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out CommRecord comm)
    {
        comm = default;
        if (!layout.TryGetBody(record, 8, out var body)) return false;
        comm = new CommRecord
        {
            Pid = BinaryPrimitives.ReadInt32LittleEndian(body),
            Tid = BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            IsExec = (RecordReader.MiscOf(record) & RecordMisc.CommExec) != 0,
            Comm = RecordText.UpToNul(body[8..]),
        };
        return true;
    }
}
