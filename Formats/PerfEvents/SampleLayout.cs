using System.Buffers.Binary;
using System.Numerics;

namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// Where the fields of an event's records lie, computed once from its attribute. The order is that of
/// <c>perf_output_sample()</c> and <c>__perf_event__output_id_sample()</c> in <c>kernel/events/core.c</c>; the comment
/// in <c>linux/perf_event.h</c> lists AUX too early: it is the last field.
/// </summary>
public sealed partial class SampleLayout
{
    // Offsets from the start of the record; 0 (inside the header) means the event has no such field.
    internal readonly int identifier, ip, tid, time, addr, id, streamId, cpu, period;
    private readonly int fixedEnd;
    private readonly int trailerTid, trailerTime, trailerId, trailerStreamId, trailerCpu, trailerIdentifier;
    internal readonly int userRegisters, interruptRegisters;
    internal readonly bool branchHwIndex, branchCounters;

    /// <summary>Fields of each sample.</summary>
    public SampleFormat SampleType { get; }

    /// <summary>Fields of PERF_SAMPLE_READ.</summary>
    public ReadFormat ReadFormat { get; }

    /// <summary>The registers of <see cref="UserContext.Registers"/>, one bit each, lowest first.</summary>
    public ulong RegistersUser { get; }

    /// <summary>Bytes of the <see cref="SampleId"/> at the end of every record that is no sample; 0 without sample_id_all.</summary>
    public int TrailerSize { get; }

    /// <summary>
    /// Lays out the records of an event. Throws <see cref="NotSupportedException"/> when the attribute asks for fields
    /// that are not known here, since they may lie anywhere.
    /// </summary>
    public SampleLayout(in PerfEventAttr attr)
    {
        if (!CanLayOut(attr, out var why)) throw new NotSupportedException(why);
        SampleType = attr.SampleType;
        ReadFormat = attr.ReadFormat;
        RegistersUser = attr.SampleRegsUser;
        userRegisters = BitOperations.PopCount(attr.SampleRegsUser);
        interruptRegisters = BitOperations.PopCount(attr.SampleRegsIntr);
        branchHwIndex = (attr.BranchSampleType & 1UL << 17) != 0;
        branchCounters = (attr.BranchSampleType & 1UL << 19) != 0;

        var at = RecordReader.HeaderSize;
        identifier = Place(SampleFormat.Identifier);
        ip = Place(SampleFormat.Ip);
        tid = Place(SampleFormat.Tid);
        time = Place(SampleFormat.Time);
        addr = Place(SampleFormat.Addr);
        id = Place(SampleFormat.Id);
        streamId = Place(SampleFormat.StreamId);
        cpu = Place(SampleFormat.Cpu);
        period = Place(SampleFormat.Period);
        fixedEnd = at;
        if (!attr.SampleIdAll) return;

        // The trailer starts one header's length into an imaginary record, so that 0 still means "absent".
        at = RecordReader.HeaderSize;
        trailerTid = Place(SampleFormat.Tid);
        trailerTime = Place(SampleFormat.Time);
        trailerId = Place(SampleFormat.Id);
        trailerStreamId = Place(SampleFormat.StreamId);
        trailerCpu = Place(SampleFormat.Cpu);
        trailerIdentifier = Place(SampleFormat.Identifier);
        TrailerSize = at - RecordReader.HeaderSize;

        int Place(SampleFormat field)
        {
            if (!Has(field)) return 0;
            at += 8;
            return at - 8;
        }
    }

    /// <summary>True when every field the attribute asks for is known here; else <paramref name="why"/> names the bits.</summary>
    public static bool CanLayOut(in PerfEventAttr attr, out string? why)
    {
        var sample = attr.SampleType & ~SampleFormat.Known;
        var read = attr.ReadFormat & ~ReadFormat.Known;
        why = sample != 0 ? $"sample_type has bits that are not known here: 0x{(ulong)sample:x}"
            : read != 0 && (attr.SampleType & SampleFormat.Read) != 0 ? $"read_format has bits that are not known here: 0x{(ulong)read:x}"
            : null;
        return why is null;
    }

    /// <summary>True when samples have <paramref name="field"/>.</summary>
    public bool Has(SampleFormat field) => (SampleType & field) != 0;

    /// <summary>
    /// Views a whole PERF_RECORD_SAMPLE, header included. False when a field does not fit in the record; no other
    /// kind of record should be passed.
    /// </summary>
    public bool TryParseSample(ReadOnlySpan<byte> record, out SampleRecord sample)
    {
        sample = default;
        if (record.Length < fixedEnd) return false;
        var rest = new SampleCursor(record, fixedEnd);
        if (Has(SampleFormat.Read) && !SkipRead(ref rest)) return false;

        ReadOnlySpan<byte> chain = default;
        if (Has(SampleFormat.Callchain) && !(rest.TryTake(out var frames) && rest.TryTake(frames, 8, out chain))) return false;
        ReadOnlySpan<byte> raw = default;
        if (Has(SampleFormat.Raw) && !(rest.TryTakeUInt32(out var rawSize) && rest.TryTake(rawSize, 1, out raw))) return false;

        const SampleFormat afterRaw = SampleFormat.BranchStack | SampleFormat.RegsUser | SampleFormat.StackUser
            | SampleFormat.Weight | SampleFormat.WeightStruct | SampleFormat.DataSrc | SampleFormat.Transaction
            | SampleFormat.RegsIntr | SampleFormat.PhysAddr;
        if (Has(afterRaw) && !SkipToPhysAddr(ref rest)) return false;
        ulong cgroup = 0;
        if (Has(SampleFormat.Cgroup) && !rest.TryTake(out cgroup)) return false;
        if (Has(SampleFormat.DataPageSize) && !rest.TryTake(out _)) return false;
        if (Has(SampleFormat.CodePageSize) && !rest.TryTake(out _)) return false;
        if (Has(SampleFormat.Aux) && !(rest.TryTake(out var auxSize) && rest.TryTake(auxSize, 1, out _))) return false;

        sample = new SampleRecord(record, this, chain, raw, cgroup);
        return true;
    }

    /// <summary>
    /// Reads the trailer of a record that is no sample. False when the record is too short, or the event has no
    /// sample_id_all.
    /// </summary>
    public bool TryParseSampleId(ReadOnlySpan<byte> record, out SampleId sampleId)
    {
        sampleId = default;
        if (TrailerSize == 0 || record.Length < RecordReader.HeaderSize + TrailerSize) return false;
        var trailer = record[(record.Length - TrailerSize - RecordReader.HeaderSize)..];
        sampleId = new SampleId
        {
            Pid = trailerTid == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(trailer[trailerTid..]),
            Tid = trailerTid == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(trailer[(trailerTid + 4)..]),
            Time = Field(trailer, trailerTime),
            Id = trailerIdentifier != 0 ? Field(trailer, trailerIdentifier) : Field(trailer, trailerId),
            StreamId = Field(trailer, trailerStreamId),
            Cpu = trailerCpu == 0 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(trailer[trailerCpu..]),
        };
        return true;
    }

    /// <summary>
    /// The time of any record, without looking at the rest of it. False when the record is too short or has none.
    /// </summary>
    public bool TryGetTime(ReadOnlySpan<byte> record, out ulong nanoseconds)
    {
        var at = RecordReader.KindOf(record) == RecordKind.Sample ? time
            : trailerTime == 0 ? 0 : record.Length - TrailerSize - RecordReader.HeaderSize + trailerTime;
        nanoseconds = 0;
        if (at < RecordReader.HeaderSize || at > record.Length - 8) return false;
        nanoseconds = BinaryPrimitives.ReadUInt64LittleEndian(record[at..]);
        return true;
    }

    /// <summary>
    /// The part of a record that is no sample between its header and its trailer. False when it has less than
    /// <paramref name="atLeast"/> bytes.
    /// </summary>
    internal bool TryGetBody(ReadOnlySpan<byte> record, int atLeast, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (record.Length < RecordReader.HeaderSize + TrailerSize + atLeast) return false;
        body = record[RecordReader.HeaderSize..^TrailerSize];
        return true;
    }

    internal static ulong Field(ReadOnlySpan<byte> bytes, int at) =>
        at == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private bool SkipRead(ref SampleCursor rest)
    {
        var times = BitOperations.PopCount((ulong)(ReadFormat & (ReadFormat.TotalTimeEnabled | ReadFormat.TotalTimeRunning)));
        var perCounter = 1 + BitOperations.PopCount((ulong)(ReadFormat & (ReadFormat.Id | ReadFormat.Lost)));
        ulong counters = 1;
        if ((ReadFormat & ReadFormat.Group) != 0 && !rest.TryTake(out counters)) return false;
        return rest.TryTake((ulong)times, 8, out _) && rest.TryTake(counters, perCounter * 8, out _);
    }

    private bool SkipToPhysAddr(ref SampleCursor rest)
    {
        if (Has(SampleFormat.BranchStack) && !SkipBranches(ref rest)) return false;
        if (Has(SampleFormat.RegsUser) && !SkipRegisters(ref rest, userRegisters)) return false;
        if (Has(SampleFormat.StackUser))
        {
            // dyn_size, how much of the dump is true, is there only when there is a dump.
            if (!rest.TryTake(out var size) || !rest.TryTake(size, 1, out _)) return false;
            if (size != 0 && !rest.TryTake(out _)) return false;
        }

        if (Has(SampleFormat.Weight | SampleFormat.WeightStruct) && !rest.TryTake(out _)) return false;
        if (Has(SampleFormat.DataSrc) && !rest.TryTake(out _)) return false;
        if (Has(SampleFormat.Transaction) && !rest.TryTake(out _)) return false;
        if (Has(SampleFormat.RegsIntr) && !SkipRegisters(ref rest, interruptRegisters)) return false;
        return !Has(SampleFormat.PhysAddr) || rest.TryTake(out _);
    }

    private bool SkipBranches(ref SampleCursor rest)
    {
        if (!rest.TryTake(out var branches)) return false;
        if (branchHwIndex && !rest.TryTake(out _)) return false;
        if (!rest.TryTake(branches, 24, out _)) return false;
        return !branchCounters || rest.TryTake(branches, 8, out _);
    }

    // PERF_SAMPLE_REGS_ABI_NONE (0) means that there was no user context and so no registers.
    private static bool SkipRegisters(ref SampleCursor rest, int count) =>
        rest.TryTake(out var abi) && (abi == 0 || rest.TryTake((ulong)count, 8, out _));
}
