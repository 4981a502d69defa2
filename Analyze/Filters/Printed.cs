using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Filters;

/// <summary>Names compared as they are printed: what a person sees in a report is what they write in a filter.</summary>
internal static class Printed
{
    public static bool Same(ReadOnlySpan<byte> name, ReadOnlySpan<byte> given)
    {
        if (PrintableName.IsPrintable(name))
            return name.SequenceEqual(given);
        byte[] room = new byte[PrintableName.MaxLength(name.Length)];
        return room.AsSpan(0, PrintableName.Write(name, room)).SequenceEqual(given);
    }
}
