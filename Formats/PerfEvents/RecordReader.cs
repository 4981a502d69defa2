using System.Buffers.Binary;

namespace Diagnose.Formats.PerfEvents;

/// <summary>
/// Walks the records in a span: each starts with <c>struct perf_event_header</c> (type u32, misc u16, size u16, the
/// size counting the header). Stops at the first record whose size cannot be true and says where and why.
/// </summary>
public ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes of <c>struct perf_event_header</c>.</summary>
    public const int HeaderSize = 8;

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int next;

    /// <summary>The record found by the last <see cref="MoveNext"/>, with its header.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Where <see cref="Current"/> starts, in bytes from the start of the span.</summary>
    public int Offset { get; private set; }

    /// <summary>Where the next record starts.</summary>
    public readonly int NextOffset => next;

    /// <summary>Why the walk stopped early, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Kind of <see cref="Current"/>.</summary>
    public readonly RecordKind Kind => KindOf(Current);

    /// <summary>Misc bits of <see cref="Current"/>.</summary>
    public readonly RecordMisc Misc => MiscOf(Current);

    /// <summary>Moves to the next record; false at the end or at a malformed record (<see cref="Error"/> is set).</summary>
    public bool MoveNext()
    {
        if (Error is not null || next == bytes.Length) return false;
        var rest = bytes[next..];
        if (rest.Length < HeaderSize) return Fail($"{rest.Length} bytes are left where a record header has {HeaderSize}");
        var size = SizeOf(rest);
        if (size < HeaderSize) return Fail($"record size {size} is less than its header");
        if (size > rest.Length) return Fail($"record size {size} is more than the {rest.Length} bytes left");
        Offset = next;
        Current = rest[..size];
        next += size;
        return true;
    }

    /// <summary>Kind of a record of at least <see cref="HeaderSize"/> bytes.</summary>
    public static RecordKind KindOf(ReadOnlySpan<byte> record) => (RecordKind)BinaryPrimitives.ReadUInt32LittleEndian(record);

    /// <summary>Misc bits of a record of at least <see cref="HeaderSize"/> bytes.</summary>
    public static RecordMisc MiscOf(ReadOnlySpan<byte> record) => (RecordMisc)BinaryPrimitives.ReadUInt16LittleEndian(record[4..]);

    /// <summary>Size a record of at least <see cref="HeaderSize"/> bytes claims, header included.</summary>
    public static int SizeOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record[6..]);

    private bool Fail(string reason)
    {
        Error = $"record at offset {next}: {reason}";
        Current = default;
        return false;
    }
}
