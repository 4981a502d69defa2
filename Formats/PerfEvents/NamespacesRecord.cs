using System.Runtime.InteropServices;

namespace Diagnose.Formats.PerfEvents;

/// <summary><c>struct perf_ns_link_info</c>: what identifies a namespace.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct NamespaceLink
{
    public ulong Device { get; init; }

    public ulong Inode { get; init; }
}

/// <summary>PERF_RECORD_NAMESPACES: the namespaces of a new thread.</summary>
public readonly ref struct NamespacesRecord
{
    public int Pid { get; private init; }

    public int Tid { get; private init; }

    /// <summary>In the order of NET_NS_INDEX, UTS, IPC, PID, USER, MNT, CGROUP.</summary>
    public ReadOnlySpan<NamespaceLink> Links { get; private init; }

    /// <summary>Views a whole record; false when it is too short for as many links as it says.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, SampleLayout layout, out NamespacesRecord namespaces)
    {
        namespaces = default;
        if (!layout.TryGetBody(record, 16, out var body)) return false;
        var fields = new SampleCursor(body, 8);
        if (!fields.TryTake(out var count) || !fields.TryTake(count, 16, out var links)) return false;
        namespaces = new NamespacesRecord
        {
            Pid = MemoryMarshal.Read<int>(body),
            Tid = MemoryMarshal.Read<int>(body[4..]),
            Links = MemoryMarshal.Cast<byte, NamespaceLink>(links),
        };
        return true;
    }
}
