namespace Diagnose.Formats.Unwind;

/// <summary>Where .eh_frame, .debug_frame or .eh_frame_hdr lies in its file, and where in memory before any load bias.</summary>
internal readonly record struct FrameSection(int Offset, int Size, ulong Address, bool IsDebugFrame)
{
    public int End => Offset + Size;

    public bool IsEmpty => Size == 0;

    /// <summary>Address of a byte of the file.</summary>
    public ulong AddressOf(int at) => unchecked(Address + (ulong)(at - Offset));

    public bool TryOffsetOf(ulong address, out int at)
    {
        ulong distance = unchecked(address - Address);
        at = distance < (ulong)Size ? Offset + (int)distance : 0;
        return distance < (ulong)Size;
    }
}
