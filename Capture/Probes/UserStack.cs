using System.Globalization;

namespace Diagnose.Capture.Probes;

/// <summary>How the user half of a hit's stack is found.</summary>
public enum UserStackKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The kernel follows frame pointers, which most of a distribution's programs do not have.</summary>
    FramePointer,

    /// <summary>The kernel copies registers and stack, and the sampler unwinds them by the files' unwind information.</summary>
    Dwarf,
}

/// <summary>How user stacks are recorded, as <c>--user-stack</c> takes it.</summary>
/// <param name="Bytes">How much of the stack is copied with each hit; 0 for the other kinds.</param>
public readonly record struct UserStack(UserStackKind Kind, int Bytes)
{
    public const int DefaultBytes = 16 << 10;

    /// <summary>What a record can hold beside its other fields: its size has 16 bits.</summary>
    public const int MostBytes = 65528;

    public const int LeastBytes = 256;

    public static UserStack None { get; } = new(UserStackKind.None, 0);

    public static UserStack FramePointer { get; } = new(UserStackKind.FramePointer, 0);

    public static UserStack Dwarf { get; } = new(UserStackKind.Dwarf, DefaultBytes);

    /// <summary>Unwound from a copy of that size; the kernel copies whole words.</summary>
    public static UserStack Copied(int bytes) => new(UserStackKind.Dwarf, (bytes + 7) / 8 * 8);

    /// <summary>Reads <c>dwarf</c>, <c>dwarf,BYTES</c>, <c>fp</c> or <c>none</c>.</summary>
    public static bool TryParse(string text, out UserStack stack, out string error)
    {
        stack = text switch
        {
            "none" => None,
            "fp" => FramePointer,
            _ => Dwarf,
        };
        error = "";
        if (text is "none" or "fp" or "dwarf")
            return true;
        const string prefix = "dwarf,";
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
            error = $"there is no '{text}'; there are: dwarf, dwarf,BYTES, fp, none";
        else if (!int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) || bytes is < LeastBytes or > MostBytes)
            error = $"dwarf takes a number of bytes from {LeastBytes} to {MostBytes}, not '{text[prefix.Length..]}'";
        else
            stack = Copied(bytes);
        return error.Length == 0;
    }

    /// <summary>The same as text.</summary>
    public override string ToString() => Kind switch
    {
        UserStackKind.None => "none",
        UserStackKind.FramePointer => "fp",
        _ => string.Create(CultureInfo.InvariantCulture, $"dwarf,{Bytes}"),
    };
}
