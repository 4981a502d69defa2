using System.Text;
using System.Text.RegularExpressions;

namespace Diagnose.Analyze.Filters;

/// <summary>
/// Regular expressions on the names of a stack's functions as the graph shows them: one that is included must have a function
/// that matches, and one with a function that matches what is excluded is left out.
/// </summary>
/// <remarks>Names come from whoever was watched: a match takes time linear in a name's length, whatever it holds.</remarks>
public sealed class FramePatterns
{
    private readonly Regex[] _include;
    private readonly Regex[] _exclude;

    private FramePatterns(Regex[] include, Regex[] exclude) => (_include, _exclude) = (include, exclude);

    /// <summary>Null where nothing is given.</summary>
    /// <exception cref="ArgumentException">One is no regular expression, or needs what cannot be matched in linear time.</exception>
    public static FramePatterns? Of(IReadOnlyList<string> include, IReadOnlyList<string> exclude) =>
        include.Count + exclude.Count == 0 ? null : new FramePatterns([.. include.Select(Compile)], [.. exclude.Select(Compile)]);

    /// <summary>What a name means for a stack that holds it.</summary>
    public FrameMarks Of(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name);
        return (_include.Any(pattern => pattern.IsMatch(text)) ? FrameMarks.Included : FrameMarks.None)
            | (_exclude.Any(pattern => pattern.IsMatch(text)) ? FrameMarks.Excluded : FrameMarks.None);
    }

    /// <summary>Whether a stack is wanted.</summary>
    /// <param name="marks">Those of all its functions together.</param>
    public bool Wants(FrameMarks marks) =>
        !marks.HasFlag(FrameMarks.Excluded) && (_include.Length == 0 || marks.HasFlag(FrameMarks.Included));

    private static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            throw new ArgumentException($"'{pattern}' looks ahead, behind or back, which cannot be done for names of any length");
        }
    }
}

/// <summary>What is known of a name, or of all names of a stack together.</summary>
[Flags]
public enum FrameMarks : byte
{
    None = 0,
    Included = 1,
    Excluded = 2,

    /// <summary>Looked at.</summary>
    Known = 4,
}
