using System.Globalization;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Info;

/// <summary>Hits whose user stack ends in one code image, by how it ends there.</summary>
/// <param name="Name">The image as it is shown.</param>
/// <param name="Hits">By <see cref="StackEnd"/>; the last one counts those of which nobody knows.</param>
public readonly record struct ModuleStackEnds(string Name, long[] Hits)
{
    public long Total => Hits.Sum();
}

/// <summary>How complete the user stacks of all hits are: in all, and by the image that their outermost frame lies in.</summary>
public sealed class UserStackEnds
{
    private const int Unknown = (int)StackEnd.Unsupported + 1;

    private readonly Dictionary<string, long[]> _modules = [];
    private readonly long[] _all = new long[Unknown + 1];

    /// <summary>How user stacks were recorded, as the recorder says it.</summary>
    public DistinctTexts Kinds { get; } = new();

    /// <summary>Hits with a user stack.</summary>
    public long Hits => _all.Sum();

    /// <summary>Those that were unwound from a copy of the stack, so that it is known how they end.</summary>
    public long Unwound => Hits - _all[Unknown];

    /// <summary>Those of them some frames of which were passed by frame pointers, for want of unwind information.</summary>
    public long ByFramePointer { get; private set; }

    /// <summary>Hits that came faster than they could be unwound, whose stacks were found by frame pointers.</summary>
    public long Hurried { get; private set; }

    public IEnumerable<ModuleStackEnds> Modules =>
        _modules.Select(m => new ModuleStackEnds(m.Key, m.Value)).OrderByDescending(m => m.Total).ThenBy(m => m.Name, StringComparer.Ordinal);

    public long Of(StackEnd end) => _all[(int)end];

    /// <param name="hits">How many each stack of the segment has.</param>
    public void Add(TraceDefinitions definitions, IReadOnlyDictionary<int, long> hits)
    {
        var outermost = new int[definitions[TableId.Nodes].Count];
        foreach ((int stack, long count) in hits)
        {
            StackRow row = definitions.Stack(stack);
            if (row.User == 0)
                continue;
            int module = definitions.Frame(definitions.Node(Outermost(definitions, outermost, row.User)).Frame).Module;
            string name = ModuleNames.NameOf(definitions, module);
            if (!_modules.TryGetValue(name, out long[]? ends))
                _modules.Add(name, ends = new long[Unknown + 1]);
            int end = StackEnds.Of(row.Flags) is { } known ? (int)known : Unknown;
            ends[end] += count;
            _all[end] += count;
            if (!row.Flags.HasFlag(StackFlags.UserByFramePointer))
                continue;
            if (end == Unknown)
                Hurried += count;
            else
                ByFramePointer += count;
        }
    }

    /// <summary>A line for all, empty where no hit has a user stack.</summary>
    public string Summary()
    {
        if (Hits == 0)
            return "";
        string kinds = Kinds.All.Count == 0 ? "" : $"{Kinds}: ";
        if (Unwound == 0)
            return Invariant($"{kinds}{Hits} hits have one, by frame pointers: whether it is whole is not known");
        string text = Invariant($"{kinds}{Hits} hits have one; {100.0 * Of(StackEnd.Outermost) / Unwound:0.0} % reach their thread's first function");
        if (ByFramePointer > 0)
            text += Invariant($", {ByFramePointer} with the help of frame pointers");
        if (Hurried > 0)
            text += Invariant($"; {Hurried} came too fast to be unwound, and follow frame pointers");
        return Unwound + Hurried == Hits ? text : text + Invariant($"; {Hits - Unwound - Hurried} by frame pointers alone: whether they are whole is not known");
    }

    /// <summary>A line for each image, with a heading; empty where nothing was unwound.</summary>
    public IEnumerable<string> Table()
    {
        if (Unwound == 0)
            yield break;
        yield return "user stacks whole  copy too short  no unwind info  other  not known  module in which they end";
        foreach (ModuleStackEnds module in Modules)
        {
            long[] ends = module.Hits;
            long whole = ends[(int)StackEnd.Outermost], cut = ends[(int)StackEnd.CopyTooShort], rows = ends[(int)StackEnd.NoUnwindInformation];
            yield return Invariant(
                $"{whole,17}  {cut,14}  {rows,14}  {module.Total - whole - cut - rows - ends[Unknown],5}  {ends[Unknown],9}  {module.Name}");
        }
    }

    /// <summary>The first node of a node's path; each is walked once.</summary>
    private static int Outermost(TraceDefinitions definitions, int[] known, int leaf)
    {
        int node = leaf, steps = 0;
        while (definitions.Node(node).Parent is var parent and not 0 && steps++ < TraceLimits.StackDepth)
        {
            if ((uint)node < (uint)known.Length && known[node] != 0)
            {
                node = known[node];
                break;
            }

            node = parent;
        }

        if ((uint)leaf < (uint)known.Length)
            known[leaf] = node;
        return node;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
