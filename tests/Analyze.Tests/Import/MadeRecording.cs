using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfData;
using Diagnose.Formats.Tests.PerfEvents;

namespace Diagnose.Analyze.Tests.Import;

/// <summary>A perf.data file made record by record, of one event or of several with ids 1, 2 and so on.</summary>
internal sealed class MadeRecording(params PerfEventAttr[] events)
{
    private const SampleFormat Usual = SampleFormat.Identifier | SampleFormat.Ip | SampleFormat.Tid | SampleFormat.Time
        | SampleFormat.Cpu | SampleFormat.Callchain;

    private readonly List<byte> _data = [];

    public static PerfEventAttr Event(EventType type = EventType.Software, ulong config = 0, SampleFormat without = 0, SampleFormat with = 0,
        bool idAll = true) => new()
        {
            Type = (uint)type,
            Config = config,
            SamplePeriod = 1,
            SampleType = (Usual & ~without) | with,
            SampleIdAll = idAll,
        };

    /// <summary>A sample of the usual event.</summary>
    public MadeRecording Hit(int pid, int tid, ulong time, ulong[] chain, uint cpu = 0, ulong id = 1) => Add(new RecordBytes(RecordKind.Sample)
        .U64(id, chain.Length > 0 ? chain[0] : 0).U32((uint)pid, (uint)tid).U64(time).U32(cpu, 0)
        .U64((ulong)chain.Length).U64(chain));

    public MadeRecording Fork(int pid, int parent, ulong time = 0, int? tid = null, int? parentTid = null) => SideBand(
        new RecordBytes(RecordKind.Fork).U32((uint)pid, (uint)parent, (uint)(tid ?? pid), (uint)(parentTid ?? parent)).U64(time), time);

    public MadeRecording Comm(int pid, string name, ulong time = 0, bool exec = false, int? tid = null) => SideBand(
        new RecordBytes(RecordKind.Comm, exec ? RecordMisc.CommExec : 0).U32((uint)pid, (uint)(tid ?? pid)).Name(name), time);

    /// <summary>An old mmap record; of the kernel for pid -1.</summary>
    public MadeRecording Map(int pid, ulong start, ulong length, ulong offset, string name, ulong time = 0) => SideBand(
        new RecordBytes(RecordKind.Mmap).U32((uint)pid, (uint)pid).U64(start, length, offset).Name(name), time);

    public MadeRecording Lost(ulong records, ulong time) => SideBand(new RecordBytes(RecordKind.Lost).U64(1, records), time);

    public MadeRecording LostSamples(ulong samples, ulong time, RecordMisc misc = 0) =>
        SideBand(new RecordBytes(RecordKind.LostSamples, misc).U64(samples), time);

    /// <summary>A record of the first event that is no sample, with its id where it has one.</summary>
    public MadeRecording SideBand(RecordBytes record, ulong time) =>
        Add(events.Length == 0 || events[0].SampleIdAll ? record.U32(0, 0).U64(time).U32(0, 0).U64(1) : record);

    public MadeRecording Add(RecordBytes record)
    {
        _data.AddRange(record.Build());
        return this;
    }

    public byte[] Build() => PerfDataBytes.File(
        [.. (events.Length == 0 ? [Event()] : events).Select((e, i) => (e, new[] { (ulong)i + 1 }))], [.. _data]);

    public ImportedText Import(Diagnose.Analyze.Import.ImportOptions? options = null) => new(Build(), options);
}
