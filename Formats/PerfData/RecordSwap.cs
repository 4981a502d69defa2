using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// Turns a kernel record of a big-endian machine into what this machine's kernel would have written, in place, so that
/// the same views read it. A record too short for its fields is turned as far as it goes; its view then refuses it at
/// the same field.
/// </summary>
internal static class RecordSwap
{
    /// <param name="record">The whole record, in the order of the file.</param>
    /// <param name="layout">That of its event.</param>
    public static void Swap(Span<byte> record, SampleLayout layout)
    {
        var header = new SwapCursor(record);
        header.U32();
        header.U16(2);
        var kind = RecordReader.KindOf(record);
        if (kind == RecordKind.Sample)
        {
            SampleSwap.Swap(record[RecordReader.HeaderSize..], layout);
            return;
        }

        var trailer = Math.Max(RecordReader.HeaderSize, record.Length - layout.TrailerSize);
        SwapBody(new SwapCursor(record[RecordReader.HeaderSize..trailer]), kind, RecordReader.MiscOf(record));
        SampleSwap.SwapTrailer(record[trailer..], layout);
    }

    private static void SwapBody(SwapCursor body, RecordKind kind, RecordMisc misc)
    {
        switch (kind)
        {
            case RecordKind.Mmap:
                body.U32(2);
                body.U64(3);
                break;
            case RecordKind.Mmap2:
                body.U32(2);
                body.U64(3);
                if ((misc & RecordMisc.MmapBuildId) != 0)
                {
                    body.Skip(24);
                }
                else
                {
                    body.U32(2);
                    body.U64(2);
                }

                body.U32(2);
                break;
            case RecordKind.Comm or RecordKind.ItraceStart or RecordKind.SwitchCpuWide:
                body.U32(2);
                break;
            case RecordKind.Fork or RecordKind.Exit:
                body.U32(4);
                body.U64();
                break;
            case RecordKind.Read:
                body.U32(2);
                while (body.IsWhole) body.U64();
                break;
            case RecordKind.Namespaces:
                body.U32(2);
                body.U64(2 * Math.Min(body.TakeU64(), int.MaxValue));
                break;
            case RecordKind.Ksymbol:
                body.U64();
                body.U32();
                body.U16(2);
                break;
            case RecordKind.BpfEvent:
                body.U16(2);
                body.U32();
                break;
            case RecordKind.TextPoke:
                body.U64();
                body.U16(2);
                break;
            case RecordKind.Cgroup or RecordKind.LostSamples or RecordKind.AuxOutputHwId:
                body.U64();
                break;
            case RecordKind.Lost:
                body.U64(2);
                break;
            case RecordKind.Throttle or RecordKind.Unthrottle or RecordKind.Aux:
                body.U64(3);
                break;
        }
    }
}
