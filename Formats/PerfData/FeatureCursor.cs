using System.Text;
using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>Walks the body of a feature section: numbers, <c>perf_header_string</c> and lists of them.</summary>
internal ref struct FeatureCursor(ReadOnlySpan<byte> body, ByteOrder order)
{
    private ReadOnlySpan<byte> rest = body;

    public readonly int Left => rest.Length;

    public bool TryTake(out uint value)
    {
        value = 0;
        if (!TryTake(4, out var taken)) return false;
        value = order.U32(taken);
        return true;
    }

    public bool TryTake(out ulong value)
    {
        value = 0;
        if (!TryTake(8, out var taken)) return false;
        value = order.U64(taken);
        return true;
    }

    public bool TryTake(ulong length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > (ulong)rest.Length) return false;
        taken = rest[..(int)length];
        rest = rest[(int)length..];
        return true;
    }

    /// <summary>A length, padded to 64, and as many bytes, the text of which ends with a NUL.</summary>
    public bool TryTake(out string text)
    {
        text = "";
        if (!TryTake(out uint length) || !TryTake(length, out var taken)) return false;
        text = Encoding.UTF8.GetString(RecordText.UpToNul(taken));
        return true;
    }

    public bool TryTakeList(out string[] texts)
    {
        texts = [];
        // Each has its length, so a count beyond that is refused before there is memory for it.
        if (!TryTake(out uint count) || count > (uint)rest.Length / 4) return false;
        texts = new string[count];
        for (var i = 0; i < texts.Length; i++)
            if (!TryTake(out texts[i]))
                return false;
        return true;
    }
}
