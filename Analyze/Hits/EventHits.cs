using System.Runtime.InteropServices;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Hits;

/// <summary>How many hits each event has: a trace of several events would otherwise mix them without a word.</summary>
public sealed class EventHits
{
    /// <summary>Events named on one line.</summary>
    private const int MostNamed = 10;

    private readonly Dictionary<string, long> _hits = [];
    private readonly List<string> _names = [];

    /// <summary>Events with hits, in the order in which they first came.</summary>
    public IEnumerable<(string Name, long Hits)> All => _names.Select(name => (name, _hits[name]));

    public int Count => _names.Count;

    /// <param name="byId">Hits by the ids of the segment's events.</param>
    public void Add(TraceDefinitions definitions, IEnumerable<KeyValuePair<int, long>> byId)
    {
        foreach ((int id, long hits) in byId.OrderBy(e => e.Key))
        {
            string name = PrintableText.Of(definitions.String(definitions.Event(id).Name));
            ref long sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_hits, name, out bool isKnown);
            sum += hits;
            if (!isKnown)
                _names.Add(name);
        }
    }

    public override string ToString() =>
        string.Join(", ", All.Take(MostNamed).Select(e => $"{e.Name} {e.Hits}")) + (Count > MostNamed ? $" and {Count - MostNamed} more" : "");
}
