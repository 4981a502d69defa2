using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>PERF_RECORD_FORK and PERF_RECORD_EXIT: a thread started or ended.</summary>
public readonly ref struct TaskRecord
{
    /// <summary>True for an exit, false for a fork.</summary>
    public bool IsExit { get; private init; }

    /// <summary>Process of the thread; equal to <see cref="ParentPid"/> when a fork made a thread of the same process.</summary>
    public int Pid { get; private init; }

    /// <summary>For a fork the process that forked; for an exit the parent process.</summary>
    public int ParentPid { get; private init; }

    public int Tid { get; private init; }

    /// <summary>For a fork the thread that forked; for an exit the parent process's main thread.</summary>
    public int ParentTid { get; private init; }

    /// <summary>Nanoseconds of the event's clock.</summary>
    public ulong Time { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out TaskRecord task)
    {
        task = default;
        if (!layout.TryGetBody(record, 24, out var body)) return false;
        task = new TaskRecord
        {
            IsExit = RecordReader.KindOf(record) == RecordKind.Exit,
            Pid = BinaryPrimitives.ReadInt32LittleEndian(body),
            ParentPid = BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            Tid = BinaryPrimitives.ReadInt32LittleEndian(body[8..]),
            ParentTid = BinaryPrimitives.ReadInt32LittleEndian(body[12..]),
            Time = BinaryPrimitives.ReadUInt64LittleEndian(body[16..]),
        };
        return true;
    }
}
