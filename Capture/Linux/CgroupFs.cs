using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>
/// Names cgroups by the id that PERF_SAMPLE_CGROUP gives: on 64-bit kernels the inode number of the cgroup's
/// directory, in the hierarchy that holds the perf_event controller (version 1 where one is mounted, else the
/// unified one).
/// </summary>
public sealed class CgroupFs
{
    private const int DeepestPath = 128;
    private static readonly TimeSpan RescanInterval = TimeSpan.FromSeconds(1);
    private readonly Dictionary<ulong, string> paths = [];
    private long lastScan;

    /// <summary>Looks for the mount; scans nothing yet.</summary>
    public CgroupFs() : this(FindMount(Mount.All())) { }

    internal CgroupFs(string? mountPoint) => MountPoint = mountPoint;

    /// <summary>Where the hierarchy is mounted, or null when it is nowhere.</summary>
    public string? MountPoint { get; }

    /// <summary>Cgroups known.</summary>
    public int Count => paths.Count;

    /// <summary>Reads the whole hierarchy.</summary>
    public void Scan()
    {
        lastScan = Environment.TickCount64;
        if (MountPoint is not null) Scan(MountPoint, "/", 0);
    }

    /// <summary>Adds a cgroup that a PERF_RECORD_CGROUP told of.</summary>
    public void Add(ulong id, string path) => paths[id] = path;

    /// <summary>
    /// The path of a cgroup from the hierarchy's root. One not known makes the hierarchy be read again, at most once a
    /// second: a cgroup that is gone by then stays unknown, and there may be a hit a microsecond in it.
    /// </summary>
    public bool TryGetPath(ulong id, out string path)
    {
        if (paths.TryGetValue(id, out path!)) return true;
        if (lastScan == 0 || Environment.TickCount64 - lastScan >= RescanInterval.TotalMilliseconds) Scan();
        if (paths.TryGetValue(id, out path!)) return true;
        path = "";
        return false;
    }

    internal static string? FindMount(IEnumerable<Mount> mounts)
    {
        string? unified = null;
        foreach (var mount in mounts)
        {
            if (mount.Type == "cgroup" && mount.SuperOptions.Split(',').Contains("perf_event")) return mount.Point;
            if (mount.Type == "cgroup2") unified ??= mount.Point;
        }

        return unified;
    }

    private void Scan(string folder, string path, int depth)
    {
        if (depth == 0 && Directories.TryGetInode(Encoding.UTF8.GetBytes(folder + '\0'), out var root)) paths[root] = path;
        if (depth == DeepestPath) return;
        var children = new List<(string Name, ulong Inode)>();
        Directories.TryList(Encoding.UTF8.GetBytes(folder + '\0'), (name, inode, isDirectory) =>
        {
            if (isDirectory) children.Add((Encoding.UTF8.GetString(name), inode));
        });
        foreach (var (name, inode) in children)
        {
            var child = depth == 0 ? "/" + name : $"{path}/{name}";
            paths[inode] = child;
            Scan($"{folder}/{name}", child, depth + 1);
        }
    }
}
