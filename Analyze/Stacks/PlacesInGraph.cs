using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Contexts that come to the same place in the graph: the same names in the same cgroup, whatever their ids. Counted as
/// one they need far fewer counts; a server's thousand workers are one.
/// </summary>
internal sealed class PlacesInGraph
{
    private readonly int[] _firsts;

    public PlacesInGraph(TraceDefinitions definitions)
    {
        int[] processes = new int[definitions[TableId.Processes].Count];
        var known = new Dictionary<(int, int, int), int>();
        for (int id = 1; id < processes.Length; id++)
        {
            ProcessRow row = definitions.Process(id);
            processes[id] = First(known, (row.Comm, processes[row.Parent], 0), id);
        }

        known.Clear();
        _firsts = new int[definitions[TableId.Contexts].Count];
        for (int id = 1; id < _firsts.Length; id++)
        {
            ContextRow row = definitions.Context(id);
            int process = row.Process < processes.Length ? processes[row.Process] : row.Process;
            _firsts[id] = First(known, (row.Comm, process, definitions.Cgroup(row.Cgroup).Path), id);
        }
    }

    /// <summary>Contexts that the trace defines, and one.</summary>
    public int Count => _firsts.Length;

    /// <summary>The first context that comes to the same place; 0, the empty one, for a context that the trace does not define.</summary>
    public int Of(int context) => (uint)context < (uint)_firsts.Length ? _firsts[context] : 0;

    private static int First(Dictionary<(int, int, int), int> known, (int, int, int) place, int id) =>
        known.TryAdd(place, id) ? id : known[place];
}
