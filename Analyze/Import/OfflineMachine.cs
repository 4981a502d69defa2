using Diagnose.Formats.Recording;

namespace Diagnose.Analyze.Import;

/// <summary>A machine that cannot be asked any more: what no record told of is not known.</summary>
internal sealed class OfflineMachine : IProcessSource, ICgroupSource
{
    public int ParentOf(int pid) => 0;

    public int ProcessOf(int tid) => 0;

    public int CommOf(int pid, int tid, Span<byte> comm) => 0;

    public byte[] CgroupOf(int pid) => [];

    public byte[] PathOf(ulong id) => [];
}
