using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>The class of a frame in the style sheet (colours.css), two characters.</summary>
internal readonly record struct FrameColour(byte Letter, byte Shade) : IComparable<FrameColour>
{
    public void Write(StreamBuffer output) => output.Write([Letter, Shade]);

    public int CompareTo(FrameColour other) => (Letter << 8 | Shade).CompareTo(other.Letter << 8 | other.Shade);
}

/// <summary>
/// A frame's colour says its kind, or how it has changed; neighbours are told apart by one of a few shades, chosen by the
/// name so that a function has the same shade in every graph.
/// </summary>
internal static class FlameColours
{
    private const int Shades = 4;

    private static ReadOnlySpan<byte> KindLetters => "cptukmxj"u8;

    public static FrameColour Root { get; } = new((byte)'r', (byte)'0');

    public static FrameColour Equal { get; } = new((byte)'e', (byte)'0');

    public static FrameColour Appeared { get; } = new((byte)'n', (byte)'0');

    public static FrameColour Vanished { get; } = new((byte)'v', (byte)'0');

    /// <summary>The colour of a kind and name.</summary>
    public static FrameColour Of(FrameKind kind, ReadOnlySpan<byte> name) => Of(kind, (int)(Hash(name) % Shades));

    public static FrameColour Of(FrameKind kind, int shade) => new(KindLetters[(int)kind], (byte)('0' + shade));

    /// <summary>The colour of a change from one weight to another; 0 is a frame that is not there.</summary>
    public static FrameColour OfChange(double before, double after)
    {
        if (before == 0 || after == 0)
            return before > 0 ? Vanished : after > 0 ? Appeared : Equal;
        var part = (after - before) / (after + before);
        return Math.Abs(part) < 0.02 ? Equal : part > 0 ? Grown(Step(part)) : Shrunk(Step(-part));
    }

    /// <summary>Grown by more and more, 1 to 3.</summary>
    public static FrameColour Grown(int step) => new((byte)'g', (byte)('0' + step));

    /// <summary>Shrunk by more and more, 1 to 3.</summary>
    public static FrameColour Shrunk(int step) => new((byte)'s', (byte)('0' + step));

    private static int Step(double part) => part < 0.15 ? 1 : part < 0.4 ? 2 : 3;

    // FNV-1a, written out because the shade must never change with a library.
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var value in name)
            hash = (hash ^ value) * 16777619;
        return hash ^ hash >> 15;
    }
}
