using System.Text;

namespace Diagnose.Formats.Report;

/// <summary>Names from a trace as text that is safe to show.</summary>
internal static class PrintableText
{
    public static string Of(ReadOnlySpan<byte> raw)
    {
        byte[] room = new byte[PrintableName.MaxLength(raw.Length)];
        return Encoding.UTF8.GetString(room.AsSpan(0, PrintableName.Write(raw, room)));
    }
}
