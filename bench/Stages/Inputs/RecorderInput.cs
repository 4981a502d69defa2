using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Diagnose.Capture.Tests.Recording;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Stages.Inputs;

/// <summary>A recorder with all its tables, over no machine and into no file, that knows the processes of <see cref="RingInput"/>.</summary>
internal sealed class RecorderInput : IDisposable
{
    private readonly TraceWriter _trace = new(Stream.Null);
    private readonly ModuleTable _modules;

    public RecorderInput()
    {
        var machine = new PlayedMachine();
        DefinitionWriter definitions = _trace.Definitions;
        int eventId = definitions.Event(new EventRow(definitions.String("kprobe:vfs_read"), EventKind.Kprobe, 1));
        _modules = new ModuleTable(definitions, machine);
        Processes = new ProcessTable(definitions, machine);
        Stacks = new StackInterner(definitions, _modules, new KernelImage(definitions, machine), maxStack: 127);
        Recorder = new Recorder(
            _trace, Processes, Stacks, _modules, new CgroupTable(definitions, machine, machine),
            new LossAccount(definitions, eventId), eventId)
        {
            Filter = default,
            BlockIsFull = _trace.Flush,
        };
        for (uint pid = RingInput.FirstPid; pid < RingInput.FirstPid + RingInput.Processes; pid++)
        {
            const uint protExec = 4;
            SideBand(pid, new RecordBytes(RecordKind.Comm, RecordMisc.CommExec).U32(pid, pid).Name("shop"));
            SideBand(pid, new RecordBytes(RecordKind.Mmap2).U32(pid, pid).U64(RingInput.CodeStart, RingInput.CodeLength, 0)
                .Bytes(new byte[24]).U32(protExec | 1, 2).Name("/bin/shop"));
        }
    }

    public Recorder Recorder { get; }

    public ProcessTable Processes { get; }

    public StackInterner Stacks { get; }

    public void Dispose()
    {
        _modules.Dispose();
        _trace.Dispose();
    }

    private void SideBand(uint pid, RecordBytes record) => Recorder.SideBand(
        record.U32(pid, pid).U64(1).U32(0, 0).U64(7).Build(), RecordedRing.SideBandLayout, isHitRing: false);
}
