using System.Text;
using Wcwidth;

namespace Diagnose.Analyze.Output;

/// <summary>How many columns of a terminal a text takes.</summary>
internal static class TextWidth
{
    public static int Of(string text)
    {
        if (Ascii.IsValid(text))
            return text.Length;
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
            width += Math.Max(0, UnicodeCalculator.GetWidth(rune));
        return width;
    }

    /// <summary>As much of a text as there is room for; of one that is cut … is the last character.</summary>
    public static string Cut(string text, int most, out int width)
    {
        width = Of(text);
        if (width <= most)
            return text;
        var cut = new StringBuilder();
        width = 1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int more = Math.Max(0, UnicodeCalculator.GetWidth(rune));
            if (width + more > most)
                break;
            cut.Append(rune);
            width += more;
        }

        return cut.Append('…').ToString();
    }
}
