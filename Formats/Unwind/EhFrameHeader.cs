namespace Diagnose.Formats.Unwind;

/// <summary>.eh_frame_hdr: where .eh_frame begins, and its entries sorted by address (LSB, "The .eh_frame_hdr section").</summary>
internal readonly record struct EhFrameHeader(
    FrameSection Section, ulong EhFrame, int Table, int Count, byte TableEncoding)
{
    /// <summary>A table of pairs can be searched; linkers leave it out where they could not read all of .eh_frame.</summary>
    public bool HasTable => Count > 0;

    public static bool TryRead(ReadOnlySpan<byte> file, in FrameSection section, out EhFrameHeader header)
    {
        header = default;
        var cursor = new DwarfCursor(file, section.Offset, section.End);
        byte version = cursor.U8(), frameEncoding = cursor.U8(), countEncoding = cursor.U8(), tableEncoding = cursor.U8();
        if (cursor.Failed || version != 1 || frameEncoding == EncodedPointer.Omitted)
            return false;
        ulong ehFrame = EncodedPointer.Read(ref cursor, frameEncoding, section, section.Address, 0);
        if (cursor.Failed)
            return false;
        int size = EncodedPointer.SizeOf(tableEncoding);
        ulong count = countEncoding == EncodedPointer.Omitted || tableEncoding == EncodedPointer.Omitted || size == 0
            ? 0 : EncodedPointer.Read(ref cursor, countEncoding, section, section.Address, 0);
        if (cursor.Failed)
            count = 0;
        int table = cursor.At;
        if (count > 0)
            count = Math.Min(count, (ulong)(section.End - table) / (ulong)(2 * size));
        header = new EhFrameHeader(section, ehFrame, table, (int)count, tableEncoding);
        return true;
    }

    /// <summary>The address of the entry whose function begins at an address or nearest before it.</summary>
    public bool TryFind(ReadOnlySpan<byte> file, ulong address, out ulong entry)
    {
        entry = 0;
        int stride = 2 * EncodedPointer.SizeOf(TableEncoding), low = 0, high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (Pointer(file, Table + middle * stride) <= address)
                low = middle + 1;
            else
                high = middle - 1;
        }

        if (high < 0)
            return false;
        entry = Pointer(file, Table + high * stride + stride / 2);
        return entry != 0;
    }

    private ulong Pointer(ReadOnlySpan<byte> file, int at)
    {
        var cursor = new DwarfCursor(file, at, Section.End);
        return EncodedPointer.Read(ref cursor, TableEncoding, Section, Section.Address, 0);
    }
}
