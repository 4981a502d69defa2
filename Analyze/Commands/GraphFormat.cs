using System.CommandLine;

namespace Diagnose.Analyze.Commands;

/// <summary>What <c>flame</c> writes.</summary>
internal static class GraphFormat
{
    public const string Svg = "svg";
    public const string Html = "html";
    public const string Folded = "folded";

    public static Option<string?> CreateOption()
    {
        var format = new Option<string?>("--format")
        {
            Description = "svg (a graph), html (a page with the graph, a timeline and tables of functions) or folded (stacks for other tools); if not given, what the name of the output ends with, or svg",
            HelpName = "FORMAT",
        };
        format.AcceptOnlyFromAmong(Svg, Html, Folded);
        return format;
    }

    /// <summary>The format that was asked for, or the one that the output's name says.</summary>
    public static string Of(string? asked, string output) =>
        asked ?? Path.GetExtension(output).ToUpperInvariant() switch
        {
            ".HTML" or ".HTM" => Html,
            ".FOLDED" => Folded,
            _ => Svg,
        };
}
