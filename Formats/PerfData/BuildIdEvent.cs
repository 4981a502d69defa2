using Diagnose.Formats.PerfEvents;

namespace Diagnose.Formats.PerfData;

/// <summary>
/// <c>struct perf_record_header_build_id</c>: an entry of the build-id table, in its feature section or as a record of
/// its own in pipe mode.
/// </summary>
/// <param name="Misc"><see cref="RecordMisc.CpuModeMask"/> tells kernel code from that of programs.</param>
/// <param name="Pid">-1 for the machine itself, or the process id of a guest.</param>
/// <param name="BuildId">At most 20 bytes.</param>
/// <param name="Filename">Path, or <c>[kernel.kallsyms]</c>, <c>[module]</c> and the like; no NUL.</param>
public sealed record BuildIdEvent(RecordMisc Misc, int Pid, ReadOnlyMemory<byte> BuildId, ReadOnlyMemory<byte> Filename)
{
    private const int FixedSize = 8 + 4 + 24;
    private const int LongestId = 20;

    // PERF_RECORD_MISC_BUILD_ID_SIZE: a byte behind the id tells its length; older perf always wrote 20 bytes.
    private const RecordMisc HasSize = (RecordMisc)(1 << 15);

    /// <summary>Reads a whole entry, header included; null when it is too short.</summary>
    internal static BuildIdEvent? Read(ReadOnlySpan<byte> entry, ByteOrder order)
    {
        if (entry.Length < FixedSize) return null;
        var misc = (RecordMisc)order.U16(entry[4..]);
        var length = (misc & HasSize) != 0 ? Math.Min(entry[12 + LongestId], (byte)LongestId) : LongestId;
        // They were filled up with zeros, which perf takes away again word by word; an ID of 20 bytes hardly ends in four.
        while ((misc & HasSize) == 0 && length >= 4 && !entry.Slice(12 + length - 4, 4).ContainsAnyExcept((byte)0)) length -= 4;
        return new BuildIdEvent(misc, (int)order.U32(entry[8..]), entry.Slice(12, length).ToArray(),
            RecordText.UpToNul(entry[FixedSize..]).ToArray());
    }
}
