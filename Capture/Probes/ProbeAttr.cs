using Diagnose.Capture.Linux;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Capture.Probes;

/// <summary>
/// The perf_event_attr of a probe. The kprobe and uprobe PMUs take a pointer to a name, which must stay where it is
/// while events are opened: it lies outside the garbage collector's reach until this is disposed.
/// </summary>
internal sealed class ProbeAttr : IDisposable
{
    private NativeStrings? name;
    private PerfEventAttr attr;

    private ProbeAttr() { }

    public ref readonly PerfEventAttr Attr => ref attr;

    /// <summary>Makes the attribute for events that start disabled; on failure says why.</summary>
    public static unsafe bool TryCreate(Probe probe, PerfFeatures features, ulong period, UserStack userStack, ISymbolOffsets? symbols, out ProbeAttr? made, out ProbeFailure? failure)
    {
        made = null;
        failure = null;
        var result = new ProbeAttr
        {
            attr = new PerfEventAttr
            {
                SampleType = SampleFormat.Identifier | SampleFormat.Ip | SampleFormat.Tid | SampleFormat.Time | SampleFormat.Cpu
                    | SampleFormat.Callchain | (features.Cgroup ? SampleFormat.Cgroup : 0),
                ReadFormat = features.ReadLost ? ReadFormat.Lost : 0,
                SamplePeriod = period == 0 ? probe.DefaultPeriod : period,
                SampleIdAll = true,
                Disabled = true,
                UseClockId = true,
                ClockId = ClockMonotonic,
            },
        };
        ref var attr = ref result.attr;
        AskForUserStack(ref attr, userStack);
        switch (probe.Kind)
        {
            case ProbeKind.Kprobe or ProbeKind.Kretprobe:
                if (EventSources.TypeOf("kprobe") is not { } kprobe)
                {
                    failure = ProbeFailure.NoProbes(probe);
                    return false;
                }

                attr.Type = kprobe;
                attr.Config = probe.Kind == ProbeKind.Kretprobe ? EventSources.ReturnProbeBit("kprobe") : 0;
                result.name = new NativeStrings([probe.Name]);
                attr.Config1 = (ulong)result.name.Pointer[0];
                attr.Config2 = probe.Offset;
                break;

            case ProbeKind.Uprobe or ProbeKind.Uretprobe:
                if (EventSources.TypeOf("uprobe") is not { } uprobe)
                {
                    failure = ProbeFailure.NoProbes(probe);
                    return false;
                }

                ulong start = 0;
                var file = Path.GetFullPath(probe.File);
                if (probe.Name.Length > 0)
                {
                    var error = "no symbols can be read";
                    if (symbols is null || !symbols.TryFind(file, probe.Name, out start, out error))
                    {
                        failure = ProbeFailure.NoSymbol(probe, error);
                        return false;
                    }
                }

                attr.Type = uprobe;
                attr.Config = probe.Kind == ProbeKind.Uretprobe ? EventSources.ReturnProbeBit("uprobe") : 0;
                result.name = new NativeStrings([file]);
                attr.Config1 = (ulong)result.name.Pointer[0];
                attr.Config2 = unchecked(start + probe.Offset);
                break;

            case ProbeKind.Tracepoint:
                if (!TraceFs.TryGetTracepointId(probe.System, probe.Name, out var id, out var errno))
                {
                    failure = ProbeFailure.NoTracepoint(probe, errno);
                    return false;
                }

                attr.Type = (uint)EventType.Tracepoint;
                attr.Config = id;
                break;

            default:
                attr.Type = (uint)EventType.Software;
                attr.Config = (ulong)probe.Software;
                attr.ExcludeIdle = true;
                break;
        }

        made = result;
        return true;
    }

    /// <summary>CLOCK_MONOTONIC: every event of a ring must have the same clock, and wall time may jump.</summary>
    internal const int ClockMonotonic = 1;

    /// <summary>
    /// PERF_REG_X86_AX to IP and R8 to R15 (<c>asm/perf_regs.h</c>): what unwind information can ask for. Flags and segments it never does.
    /// </summary>
    internal const ulong GeneralRegisters = 0x1ff | 0xffUL << 16;

    internal static void AskForUserStack(ref PerfEventAttr attr, UserStack userStack)
    {
        attr.ExcludeCallchainUser = userStack.Kind != UserStackKind.FramePointer;
        if (userStack.Kind != UserStackKind.Dwarf) return;
        attr.SampleType |= SampleFormat.RegsUser | SampleFormat.StackUser;
        attr.SampleRegsUser = GeneralRegisters;
        attr.SampleStackUser = (uint)userStack.Bytes;
    }

    /// <summary>The attribute for a thread's event.</summary>
    public PerfEventAttr For(bool inherit, bool inheritThread) => attr with { Inherit = inherit, InheritThread = inheritThread };

    public void Dispose() => name?.Dispose();
}
