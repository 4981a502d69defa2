using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>Control groups by the kernel's id.</summary>
internal interface ICgroupSource
{
    /// <summary>Path of a cgroup by its id, empty when it is gone.</summary>
    byte[] PathOf(ulong id);
}

/// <summary>
/// Gives each cgroup that hits name its row in the trace. Groups have numbers of the table's own, from 1, which outlive a
/// segment of the trace: the group of a process that is gone cannot be asked for again.
/// </summary>
internal sealed class CgroupTable(DefinitionWriter definitions, ICgroupSource groups, IProcessSource processes)
{
    /// <summary>Announced groups that are remembered until they are hit: short-lived ones come by the thousands.</summary>
    private const int MostAnnounced = 4096;

    /// <summary>Groups at which a new segment starts with those alone that a process is still in.</summary>
    private const int MostRows = 1 << 14;

    private readonly Dictionary<ulong, int> _byId = [];
    private readonly Dictionary<ulong, byte[]> _announced = [];
    private readonly Queue<ulong> _order = [];
    private ByteInterner _paths = new();
    private readonly List<(ulong Id, int Path)> _rows = [];
    private readonly Dictionary<(ulong Id, int Path), int> _numbers = [];
    private readonly List<SegmentId> _defined = [];

    /// <summary>A cgroup record: the kernel tells of each group that is made while recording.</summary>
    public void Announce(ulong id, ReadOnlySpan<byte> path)
    {
        _byId.Remove(id);
        if (!_announced.TryAdd(id, path.ToArray()))
        {
            _announced[id] = path.ToArray();
            return;
        }

        _order.Enqueue(id);
        // Ids that were hit meanwhile are in the queue alone.
        while (_order.Count > MostAnnounced)
            _announced.Remove(_order.Dequeue());
    }

    /// <summary>A new segment of the trace: the time to forget groups that ended long ago.</summary>
    public void BeginSegment(IEnumerable<TracedProcess> known)
    {
        if (_rows.Count <= MostRows)
            return;
        (ulong Id, int Path)[] rows = [.. _rows];
        ByteInterner paths = _paths;
        _paths = new ByteInterner();
        _rows.Clear();
        _numbers.Clear();
        _defined.Clear();
        _byId.Clear();
        foreach (TracedProcess process in known)
        {
            if (process.Cgroup == 0)
                continue;
            (ulong id, int path) = rows[process.Cgroup - 1];
            process.Cgroup = NumberOf(id, path == 0 ? [] : paths[path].ToArray());
        }
    }

    /// <summary>The row of a hit's group.</summary>
    /// <param name="id">From the sample, 0 where the kernel does not give it.</param>
    public int Define(ulong id, TracedProcess process) => Row(Number(id, process));

    /// <summary>As the process says; one that is gone already is taken to be where its parent is.</summary>
    public int OfProcess(TracedProcess process)
    {
        for (TracedProcess? asked = process; process.Cgroup == 0 && asked is not null; asked = asked.Parent)
            process.Cgroup = asked.Cgroup != 0 ? asked.Cgroup : NumberOf(0, processes.CgroupOf(asked.Pid));
        return process.Cgroup;
    }

    private int Number(ulong id, TracedProcess process)
    {
        if (id == 0)
            return OfProcess(process);
        if (!_byId.TryGetValue(id, out int number))
        {
            byte[] path = _announced.Remove(id, out byte[]? announced) ? announced : groups.PathOf(id);
            // Samples name the root for every process while no controller is enabled in the hierarchy, and where only
            // version 1 hierarchies are in use; the process itself knows better.
            number = path.AsSpan().SequenceEqual("/"u8) ? 0 : NumberOf(id, path);
            _byId.Add(id, number);
        }

        return number != 0 ? number : OfProcess(process);
    }

    private int NumberOf(ulong id, byte[] path)
    {
        if (path.Length == 0 && id == 0)
            return 0;
        (ulong, int) row = (id, path.Length == 0 ? 0 : _paths.Intern(path, out _));
        if (!_numbers.TryGetValue(row, out int number))
        {
            _rows.Add(row);
            _defined.Add(default);
            _numbers.Add(row, number = _rows.Count);
        }

        return number;
    }

    private int Row(int number)
    {
        if (number == 0)
            return 0;
        SegmentId defined = _defined[number - 1];
        if (defined.In(definitions) is var known and not 0)
            return known;
        (ulong id, int path) = _rows[number - 1];
        int row = defined.Set(definitions, definitions.Cgroup(new CgroupRow(id, definitions.String(path == 0 ? [] : _paths[path]))));
        _defined[number - 1] = defined;
        return row;
    }
}
