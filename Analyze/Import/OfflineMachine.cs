using System.Text.Unicode;
using Diagnose.Formats.Recording;

namespace Diagnose.Analyze.Import;

/// <summary>A machine that cannot be asked any more: what no record told of is not known.</summary>
internal sealed class OfflineMachine : IProcessSource, ICgroupSource
{
    public int ParentOf(int pid) => 0;

    public int ProcessOf(int tid) => 0;

    /// <summary>As perf calls a thread that no record names.</summary>
    public int CommOf(int pid, int tid, Span<byte> comm) => Utf8.TryWrite(comm, $":{tid}", out int length) ? length : 0;

    public byte[] CgroupOf(int pid) => [];

    public byte[] PathOf(ulong id) => [];
}
