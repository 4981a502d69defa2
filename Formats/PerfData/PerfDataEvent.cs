using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>One event of a file: its attribute, the ids of its counters (one per CPU or thread) and its name.</summary>
public sealed class PerfDataEvent
{
    private readonly PerfEventAttr attr;

    internal PerfDataEvent(int index, in PerfEventAttr attr, ulong[] ids)
    {
        Index = index;
        this.attr = attr;
        Ids = ids;
        if (SampleLayout.CanLayOut(attr, out var why)) Layout = new SampleLayout(attr);
        NoLayoutReason = why;
        if (Has(SampleFormat.Identifier)) (SampleIdPlace, TrailerIdPlace) = (8, 8);
        else if (Has(SampleFormat.Id))
        {
            SampleIdPlace = 8 + Size(SampleFormat.Ip) + Size(SampleFormat.Tid) + Size(SampleFormat.Time) + Size(SampleFormat.Addr);
            TrailerIdPlace = 8 + Size(SampleFormat.StreamId) + Size(SampleFormat.Cpu);
        }

        if (!attr.SampleIdAll) TrailerIdPlace = 0;
    }

    /// <summary>Place in <see cref="PerfDataReader.Events"/>.</summary>
    public int Index { get; }

    public ref readonly PerfEventAttr Attr => ref attr;

    public ReadOnlyMemory<ulong> Ids { get; }

    /// <summary>As perf names it, <c>sched:sched_switch</c> or <c>cycles:u</c>; null where the file does not tell.</summary>
    public string? Name { get; internal set; }

    /// <summary>Where the fields of its records lie; null when it asks for fields that are not known here.</summary>
    public SampleLayout? Layout { get; }

    /// <summary>Why <see cref="Layout"/> is null.</summary>
    public string? NoLayoutReason { get; }

    /// <summary>Offset of the id in a sample; 0 when samples have none.</summary>
    internal int SampleIdPlace { get; }

    /// <summary>Distance of the id from the end of any other record; 0 when they have none.</summary>
    internal int TrailerIdPlace { get; }

    private bool Has(SampleFormat field) => (attr.SampleType & field) != 0;

    private int Size(SampleFormat field) => Has(field) ? 8 : 0;
}
