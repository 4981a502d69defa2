using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary><c>enum perf_record_ksymbol_type</c>.</summary>
public enum KsymbolKind : ushort
{
    Unknown = 0,

    /// <summary>A BPF program.</summary>
    Bpf = 1,

    /// <summary>Out of line code: a kprobe's instruction slot, an optimised kprobe or an ftrace trampoline.</summary>
    OutOfLine = 2,
}

/// <summary>PERF_RECORD_KSYMBOL: generated kernel code got a name, or lost it.</summary>
public readonly ref struct KsymbolRecord
{
    public ulong Addr { get; private init; }

    /// <summary>Bytes of code.</summary>
    public uint Len { get; private init; }

    public KsymbolKind Kind { get; private init; }

    /// <summary>True when the code is gone.</summary>
    public bool IsUnregister { get; private init; }

    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>Views a whole record; false when it is too short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out KsymbolRecord ksymbol)
    {
        ksymbol = default;
        if (!layout.TryGetBody(record, 16, out var body)) return false;
        ksymbol = new KsymbolRecord
        {
            Addr = BinaryPrimitives.ReadUInt64LittleEndian(body),
            Len = BinaryPrimitives.ReadUInt32LittleEndian(body[8..]),
            Kind = (KsymbolKind)BinaryPrimitives.ReadUInt16LittleEndian(body[12..]),
            IsUnregister = (BinaryPrimitives.ReadUInt16LittleEndian(body[14..]) & 1) != 0,
            Name = RecordText.UpToNul(body[16..]),
        };
        return true;
    }
}
