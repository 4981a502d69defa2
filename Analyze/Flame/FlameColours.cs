using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Flame;

/// <summary>
/// A frame's colour says its kind; neighbours are told apart by one of a few shades, chosen by the name so that a
/// function has the same shade in every graph. The frames carry classes and the style sheet the colours.
/// </summary>
internal static class FlameColours
{
    private const int Shades = 8;

    private static ReadOnlySpan<byte> KindLetters => "cptukmx"u8;

    /// <summary>For each kind the red, green and blue of the first shade, and what each further shade adds.</summary>
    private static readonly (int R, int G, int B, int MoreR, int MoreG, int MoreB)[] Palette =
    [
        (170, 186, 212, 5, 4, 2),   // Cgroup: slate
        (140, 196, 132, 6, 4, 6),   // Process: green
        (112, 194, 184, 7, 4, 5),   // Thread: teal
        (246, 148, 60, 1, 9, 7),    // User: orange to yellow
        (230, 100, 90, 2, 8, 8),    // Kernel: red
        (180, 138, 216, 5, 6, 3),   // Kernel module: violet
        (186, 186, 186, 5, 5, 5),   // Unknown: grey
    ];

    /// <summary>Writes the name of the frame's class: a letter for the kind, a digit for the shade.</summary>
    public static void WriteClass(StreamBuffer output, FrameKind kind, ReadOnlySpan<byte> name) =>
        output.Write([KindLetters[(int)kind], (byte)('0' + Hash(name) % Shades)]);

    /// <summary>Writes a rule for each class.</summary>
    public static void WriteRules(StreamBuffer output)
    {
        for (var kind = 0; kind < Palette.Length; kind++)
            for (var shade = 0; shade < Shades; shade++)
            {
                var (r, g, b, moreR, moreG, moreB) = Palette[kind];
                output.Write([(byte)'.', KindLetters[kind], (byte)('0' + shade)]);
                output.Write("{fill:rgb("u8);
                output.Write(r + shade * moreR);
                output.Write(","u8);
                output.Write(g + shade * moreG);
                output.Write(","u8);
                output.Write(b + shade * moreB);
                output.Write(")}\n"u8);
            }
    }

    // FNV-1a, written out because the shade must never change with a library.
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var value in name)
            hash = (hash ^ value) * 16777619;
        return hash ^ hash >> 15;
    }
}
