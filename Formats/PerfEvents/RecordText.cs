namespace Diagnose.Formats.PerfEvents;

internal static class RecordText
{
    /// <summary>Names are padded with NULs to a multiple of eight; a record may also lack the NUL.</summary>
    public static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field)
    {
        var nul = field.IndexOf((byte)0);
        return nul < 0 ? field : field[..nul];
    }
}
