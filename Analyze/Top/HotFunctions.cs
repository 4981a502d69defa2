using System.Runtime.InteropServices;
using System.Text;
using Diagnose.Analyze.Stacks;

namespace Diagnose.Analyze.Top;

/// <summary>
/// Counts functions over merged stacks that consist of nothing else: the hits that end in each and those that pass through it.
/// A function that calls itself, directly or not, counts a hit once.
/// </summary>
public sealed class HotFunctions
{
    /// <summary>Stands for the caller of an outermost function.</summary>
    private const int Nobody = -1;

    private readonly NameTable _names = new();
    private readonly Dictionary<(int Name, FrameKind Kind), int> _numbers = [];
    private readonly List<(int Name, FrameKind Kind, long Self, long Total)> _functions = [];
    private readonly Dictionary<(int Function, int Caller), long> _callers = [];

    /// <summary>Hits so far.</summary>
    public long Hits { get; private set; }

    /// <summary>Functions so far.</summary>
    public int Count => _functions.Count;

    /// <summary>Counts the stacks in.</summary>
    /// <param name="stacks">Folded from <see cref="StackRoots.None"/>.</param>
    public void Add(MergedStacks stacks)
    {
        Hits += stacks.Hits;
        var path = new List<int>();
        var onPath = new Dictionary<int, int>();
        for (int node = 1; node < stacks.Count; node++)
        {
            for (int depth = stacks.Depth(node); path.Count >= depth; path.RemoveAt(path.Count - 1))
                onPath[path[^1]]--;
            int function = Number(stacks.Name(node), stacks.Kind(node)), caller = path.Count == 0 ? Nobody : path[^1];
            path.Add(function);
            ref int times = ref CollectionsMarshal.GetValueRefOrAddDefault(onPath, function, out _);
            ref (int Name, FrameKind Kind, long Self, long Total) counted = ref CollectionsMarshal.AsSpan(_functions)[function];
            counted.Self += stacks.Self(node);
            if (++times > 1)
                continue;
            counted.Total += stacks.Total(node);
            CollectionsMarshal.GetValueRefOrAddDefault(_callers, (function, caller), out _) += stacks.Total(node);
        }
    }

    /// <summary>The functions with the most hits: by those that end in them, and among equals by those that pass through.</summary>
    /// <param name="byTotal">By those that pass through, instead.</param>
    public IReadOnlyList<HotFunction> Hottest(int most, bool byTotal = false)
    {
        int[] hottest = [.. Enumerable.Range(0, Count)
            .OrderByDescending(f => byTotal ? _functions[f].Total : _functions[f].Self)
            .ThenByDescending(f => byTotal ? _functions[f].Self : _functions[f].Total)
            .ThenBy(f => Name(f), StringComparer.Ordinal).ThenBy(f => _functions[f].Kind).Take(most)];
        HashSet<int> shown = [.. hottest];
        ILookup<int, (string, long)> callers = _callers.Where(c => shown.Contains(c.Key.Function))
            .Select(c => (c.Key.Function, Caller: c.Key.Caller == Nobody ? "(outermost)" : Name(c.Key.Caller), Hits: c.Value))
            .OrderByDescending(c => c.Hits).ThenBy(c => c.Caller, StringComparer.Ordinal).ToLookup(c => c.Function, c => (c.Caller, c.Hits));
        return [.. hottest.Select(f => new HotFunction(Name(f), _functions[f].Kind, _functions[f].Self, _functions[f].Total, [.. callers[f]]))];
    }

    private string Name(int function) => Encoding.UTF8.GetString(_names[_functions[function].Name]);

    private int Number(ReadOnlySpan<byte> name, FrameKind kind)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, (_names.Intern(name), kind), out bool isKnown);
        if (isKnown)
            return number;
        number = _functions.Count;
        _functions.Add((_names.Intern(name), kind, 0, 0));
        return number;
    }
}
