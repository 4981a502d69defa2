using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// A kernel record, borrowed until the reader moves on. Its bytes are as this machine's kernel would have written them,
/// so the views of <c>Formats/PerfEvents</c> read them with <see cref="Layout"/>; only raw data and user stack keep the
/// order of the machine that recorded.
/// </summary>
public readonly ref struct PerfDataRecord
{
    internal PerfDataRecord(ReadOnlySpan<byte> bytes, PerfDataEvent owner, ulong time)
    {
        Bytes = bytes;
        Event = owner;
        Time = time;
    }

    /// <summary>The whole record, header included.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public RecordKind Kind => RecordReader.KindOf(Bytes);

    public RecordMisc Misc => RecordReader.MiscOf(Bytes);

    /// <summary>The event whose counter wrote it; the first one of the file for records that perf made up.</summary>
    public PerfDataEvent Event { get; }

    /// <summary>Where its fields lie.</summary>
    public SampleLayout Layout => Event.Layout!;

    /// <summary>Nanoseconds of the file's clock; 0 when it has no time.</summary>
    public ulong Time { get; }
}
