using Diagnose.Analyze.Output;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Top;

/// <summary>Hot functions and their callers as a table.</summary>
internal static class TopTable
{
    /// <summary>Callers that are named; how many more there are is said.</summary>
    private const int MostCallers = 3;

    public static TextTable Of(HotFunctions functions, int most, bool byTotal)
    {
        var table = new TextTable(new("self %", IsNumber: true), new("self", IsNumber: true), new("total %", IsNumber: true), new("total", IsNumber: true),
            new("where"), new("function"), new("called by"));
        foreach (HotFunction function in functions.Hottest(most, byTotal))
        {
            table.Add(
                new(TextCell.Share(function.Self, functions.Hits), Heat(function.Self, functions.Hits)), TextCell.Of(function.Self),
                new(TextCell.Share(function.Total, functions.Hits)), TextCell.Of(function.Total),
                new(Where(function.Kind), Colour.Grey), new(function.Name, ColourOf(function.Kind)), new(Callers(function)));
        }

        return table;
    }

    private static string Callers(HotFunction function)
    {
        string callers = string.Join(", ", function.Callers.Take(MostCallers)
            .Select(caller => $"{TextCell.Share(caller.Hits, function.Total)}% {caller.Name}"));
        return function.Callers.Count <= MostCallers ? callers : $"{callers}, {function.Callers.Count - MostCallers} more";
    }

    private static string Where(FrameKind kind) => kind switch
    {
        FrameKind.Kernel => "kernel",
        FrameKind.KernelModule => "module",
        FrameKind.User => "user",
        FrameKind.Managed => "managed",
        _ => "-",
    };

    private static Colour ColourOf(FrameKind kind) => kind switch
    {
        FrameKind.Kernel => Colour.Cyan,
        FrameKind.KernelModule => Colour.Magenta,
        FrameKind.User => Colour.Yellow,
        FrameKind.Managed => Colour.Green,
        _ => Colour.Grey,
    };

    private static Colour Heat(long self, long hits) => self * 20 >= hits && self > 0 ? Colour.Red : Colour.Default;
}
