using System.Globalization;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>One code image and how many distinct frames of it have a name and how many have none.</summary>
/// <param name="Name">As it is shown.</param>
/// <param name="BuildId">In hexadecimal digits, or empty.</param>
public readonly record struct ModuleCoverage(string Name, string BuildId, long Named, long Unnamed);

/// <summary>
/// Counts the frames of segments by code image: what has the same kind, path and build ID is one image, in whichever
/// segment. A frame counts in each segment that has it.
/// </summary>
public sealed class ModuleNames
{
    private readonly Dictionary<(ModuleKind Kind, string Name, string BuildId), int> _places = [];
    private readonly List<ModuleCoverage> _modules = [];

    /// <summary>Each image that has frames, those with the most first.</summary>
    public IEnumerable<ModuleCoverage> All => _modules.OrderByDescending(m => m.Named + m.Unnamed);

    public void Add(TraceDefinitions definitions)
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

        foreach ((int module, (int named, int unnamed)) in counts.OrderBy(c => c.Key))
            Add(definitions, module, named, unnamed);
    }

    private void Add(TraceDefinitions definitions, int id, int named, int unnamed)
    {
        ModuleRow module = definitions.Module(id);
        string name = NameOf(definitions, id);
        string buildId = Convert.ToHexStringLower(definitions.String(module.BuildId));
        if (_places.TryAdd((module.Kind, name, buildId), _modules.Count))
            _modules.Add(new ModuleCoverage(name, buildId, 0, 0));
        int place = _places[(module.Kind, name, buildId)];
        ModuleCoverage known = _modules[place];
        _modules[place] = known with { Named = known.Named + named, Unnamed = known.Unnamed + unnamed };
    }

    /// <summary>A code image as it is shown.</summary>
    internal static string NameOf(TraceDefinitions definitions, int id)
    {
        if (id == 0)
            return "(not mapped)";
        ModuleRow module = definitions.Module(id);
        string path = PrintableText.Of(definitions.String(module.Path));
        return module.Kind switch
        {
            ModuleKind.KernelModule => $"[{path}]",
            ModuleKind.Anonymous => string.Create(CultureInfo.InvariantCulture,
                $"{(path.Length == 0 ? "//anon" : path)} of process {module.Instance & ModuleRow.PidMask}"),
            _ => path,
        };
    }
}
