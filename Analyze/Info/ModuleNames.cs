using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>How many distinct frames of one module have a name and how many have none.</summary>
public readonly record struct ModuleCoverage(int Module, int Named, int Unnamed);

/// <summary>Counts the frames of a trace by module.</summary>
public static class ModuleNames
{
    /// <summary>Each module that has frames, those with the most first; module 0 is memory that nothing maps.</summary>
    public static List<ModuleCoverage> Count(TraceDefinitions definitions)
    {
        var symbols = new FrameSymbols(definitions);
        var counts = new Dictionary<int, (int Named, int Unnamed)>();
        LoadedTable frames = definitions[TableId.Frames];
        for (int frame = 1; frame < frames.Count; frame++)
        {
            if (!frames.IsDefined(frame))
                continue;
            int module = definitions.Frame(frame).Module;
            (int named, int unnamed) = counts.GetValueOrDefault(module);
            counts[module] = symbols.Name(frame).IsEmpty ? (named, unnamed + 1) : (named + 1, unnamed);
        }

        return [.. counts.Select(c => new ModuleCoverage(c.Key, c.Value.Named, c.Value.Unnamed))
            .OrderByDescending(c => c.Named + c.Unnamed).ThenBy(c => c.Module)];
    }
}
