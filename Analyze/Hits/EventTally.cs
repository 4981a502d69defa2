using System.Runtime.InteropServices;

namespace Diagnose.Analyze.Hits;

/// <summary>Counts hits by event, one by one. Mostly all hits are of one event.</summary>
internal sealed class EventTally
{
    private readonly Dictionary<int, long> _hits = [];
    private int _last = -1;
    private long _ofLast;

    public void Count(int of)
    {
        if (of != _last)
            Settle(of);
        _ofLast++;
    }

    /// <summary>Hits of each event, by id.</summary>
    public IReadOnlyDictionary<int, long> Hits
    {
        get
        {
            Settle(-1);
            return _hits;
        }
    }

    private void Settle(int next)
    {
        if (_ofLast > 0)
            CollectionsMarshal.GetValueRefOrAddDefault(_hits, _last, out _) += _ofLast;
        (_last, _ofLast) = (next, 0);
    }
}
