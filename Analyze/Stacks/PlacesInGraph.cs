using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Contexts that come to the same place in the graph: the same names in the same cgroup, whatever their ids, or what else its
/// stacks grow from. Counted as one they need far fewer counts; a server's thousand workers are one.
/// </summary>
internal sealed class PlacesInGraph
{
    private readonly int[] _firsts;

    /// <param name="roots">What stacks grow from.</param>
    public PlacesInGraph(TraceDefinitions definitions, StackRoots roots = StackRoots.Ancestry)
    {
        Roots = roots;
        _firsts = new int[definitions[TableId.Contexts].Count];
        if (roots is StackRoots.Cpu or StackRoots.None)
            return;
        int[] processes = roots == StackRoots.Ancestry ? Chains(definitions) : [];
        var known = new Dictionary<(long, long, int), int>();
        for (int id = 1; id < _firsts.Length; id++)
        {
            ContextRow row = definitions.Context(id);
            ProcessRow process = definitions.Process(row.Process);
            (long, long, int) place = roots switch
            {
                StackRoots.Ancestry => (row.Comm, row.Process < processes.Length ? processes[row.Process] : row.Process, definitions.Cgroup(row.Cgroup).Path),
                StackRoots.Thread => (row.Tid, row.Comm, 0),
                StackRoots.Process => (process.Pid, process.Comm, 0),
                _ => (definitions.Cgroup(row.Cgroup).Path, 0, 0),
            };
            _firsts[id] = known.TryAdd(place, id) ? id : known[place];
        }
    }

    private PlacesInGraph(int[] firsts) => _firsts = firsts;

    /// <summary>Each context is a place of its own.</summary>
    public static PlacesInGraph OfContexts(TraceDefinitions definitions) => new([.. Enumerable.Range(0, definitions[TableId.Contexts].Count)]);

    public StackRoots Roots { get; }

    /// <summary>Contexts that the trace defines, and one.</summary>
    public int Count => _firsts.Length;

    /// <summary>The first context that comes to the same place; 0, the empty one, for a context that the trace does not define.</summary>
    public int Of(int context) => (uint)context < (uint)_firsts.Length ? _firsts[context] : 0;

    /// <summary>For each process the first one with the same names from it to its oldest ancestor.</summary>
    private static int[] Chains(TraceDefinitions definitions)
    {
        int[] processes = new int[definitions[TableId.Processes].Count];
        var known = new Dictionary<(int, int), int>();
        for (int id = 1; id < processes.Length; id++)
        {
            ProcessRow row = definitions.Process(id);
            processes[id] = known.TryAdd((row.Comm, processes[row.Parent]), id) ? id : known[(row.Comm, processes[row.Parent])];
        }

        return processes;
    }
}
