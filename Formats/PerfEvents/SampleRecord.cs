using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// A view of one PERF_RECORD_SAMPLE, made by <see cref="SampleLayout.TryParseSample"/>. Fields the event did not ask
/// for are zero or empty. Valid as long as the bytes below it are.
/// </summary>
public readonly ref struct SampleRecord
{
    private readonly ReadOnlySpan<byte> record;
    private readonly SampleLayout layout;
    private readonly ReadOnlySpan<byte> callchain;

    internal SampleRecord(ReadOnlySpan<byte> record, SampleLayout layout, ReadOnlySpan<byte> callchain, ReadOnlySpan<byte> raw, ulong cgroup)
    {
        this.record = record;
        this.layout = layout;
        this.callchain = callchain;
        Raw = raw;
        Cgroup = cgroup;
    }

    /// <summary>Misc bits; <see cref="RecordMisc.CpuModeMask"/> says who was running.</summary>
    public RecordMisc Misc => RecordReader.MiscOf(record);

    /// <summary>Instruction pointer.</summary>
    public ulong Ip => SampleLayout.Field(record, layout.ip);

    /// <summary>Process (thread group) id; -1 when the task was already gone.</summary>
    public int Pid => layout.tid == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(record[layout.tid..]);

    /// <summary>Thread id; 0 is the idle task.</summary>
    public int Tid => layout.tid == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(record[(layout.tid + 4)..]);

    /// <summary>Nanoseconds of the event's clock.</summary>
    public ulong Time => SampleLayout.Field(record, layout.time);

    /// <summary>Address, for events that have one (the faulting address of a page fault).</summary>
    public ulong Addr => SampleLayout.Field(record, layout.addr);

    /// <summary>Id of the event (of its parent when inherited).</summary>
    public ulong Id => SampleLayout.Field(record, layout.identifier != 0 ? layout.identifier : layout.id);

    /// <summary>Id of the very event, inherited or not.</summary>
    public ulong StreamId => SampleLayout.Field(record, layout.streamId);

    /// <summary>CPU number.</summary>
    public int Cpu => layout.cpu == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(record[layout.cpu..]);

    /// <summary>Events this sample stands for.</summary>
    public ulong Period => SampleLayout.Field(record, layout.period);

    /// <summary>Addresses and context markers, leaf first, as the kernel wrote them; see <see cref="CallchainSplit"/>.</summary>
    public ReadOnlySpan<ulong> Callchain => MemoryMarshal.Cast<byte, ulong>(callchain);

    /// <summary>Raw data of a tracepoint (its fields after the common ones), perhaps padded.</summary>
    public ReadOnlySpan<byte> Raw { get; }

    /// <summary>Cgroup id: the inode number of the cgroup's directory.</summary>
    public ulong Cgroup { get; }
}
