using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Recording;

/// <summary>Control groups by the kernel's id; where hits carry none, by the process.</summary>
internal interface ICgroupSource
{
    /// <summary>Path of a cgroup by its id, empty when it is gone.</summary>
    byte[] PathOf(ulong id);
}

/// <summary>Gives each cgroup that hits name its row in the trace.</summary>
internal sealed class CgroupTable(DefinitionWriter definitions, ICgroupSource groups, IProcessSource processes)
{
    private readonly Dictionary<ulong, int> _byId = [];
    /// <summary>Announced groups that are remembered until they are hit: short-lived ones come by the thousands.</summary>
    private const int MostAnnounced = 4096;

    private readonly Dictionary<ulong, byte[]> _announced = [];
    private readonly Queue<ulong> _order = [];

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

    /// <param name="id">From the sample, 0 where the kernel does not give it.</param>
    public int Define(ulong id, TracedProcess process)
    {
        if (id == 0)
            return OfProcess(process);
        if (!_byId.TryGetValue(id, out int row))
        {
            byte[] path = _announced.Remove(id, out byte[]? announced) ? announced : groups.PathOf(id);
            // Samples name the root for every process while no controller is enabled in the hierarchy, and where only
            // version 1 hierarchies are in use; the process itself knows better.
            row = path.AsSpan().SequenceEqual("/"u8) ? 0 : Define(id, path);
            _byId.Add(id, row);
        }

        return row != 0 ? row : OfProcess(process);
    }

    /// <summary>As the process says; one that is gone already is taken to be where its parent is.</summary>
    public int OfProcess(TracedProcess process)
    {
        for (TracedProcess? asked = process; process.Cgroup == 0 && asked is not null; asked = asked.Parent)
            process.Cgroup = asked.Cgroup != 0 ? asked.Cgroup : Define(0, processes.CgroupOf(asked.Pid));
        return process.Cgroup;
    }

    private int Define(ulong id, byte[] path) =>
        path.Length == 0 && id == 0 ? 0 : definitions.Cgroup(new CgroupRow(id, definitions.String(path)));
}
