namespace Diagnose.Formats.Unwind;

/// <summary>
/// Pointers of .eh_frame and .eh_frame_hdr: the low four bits of an encoding say how the number is written, the next three
/// what it counts from (LSB, "DWARF Exception Header Encoding"). <c>textrel</c> is written by no x86-64 tool, and an indirect
/// pointer would have to be read from the process: both are refused.
/// </summary>
internal static class EncodedPointer
{
    public const byte Omitted = 0xff;

    private const byte FormatMask = 0x0f, BaseMask = 0x70, Indirect = 0x80;
    private const byte Native = 0x00, Uleb = 0x01, Data2 = 0x02, Data4 = 0x03, Data8 = 0x04, SignedNative = 0x08, Sleb = 0x09;
    private const byte SignedData2 = 0x0a, SignedData4 = 0x0b, SignedData8 = 0x0c;
    private const byte Absolute = 0x00, PcRelative = 0x10, DataRelative = 0x30, FunctionRelative = 0x40, Aligned = 0x50;

    /// <summary>Bytes of a pointer of this encoding, 0 where it depends on the value or is unknown.</summary>
    public static int SizeOf(byte encoding) => (encoding & FormatMask) switch
    {
        Data2 or SignedData2 => 2,
        Data4 or SignedData4 => 4,
        Data8 or SignedData8 or Native or SignedNative => 8,
        _ => 0,
    };

    /// <summary>A length: the same way of writing, counted from nothing.</summary>
    public static ulong ReadLength(ref DwarfCursor cursor, byte encoding) => ReadNumber(ref cursor, encoding);

    /// <param name="section">Where the cursor is: it knows the addresses of its bytes.</param>
    /// <param name="dataBase">What <c>datarel</c> counts from; 0 where there is no such base.</param>
    /// <param name="functionBase">Likewise for <c>funcrel</c>.</param>
    /// <returns>The address before any load bias; 0 for a pointer to nothing, which no base is added to.</returns>
    public static ulong Read(ref DwarfCursor cursor, byte encoding, scoped in FrameSection section, ulong dataBase, ulong functionBase)
    {
        if ((encoding & Indirect) != 0)
        {
            cursor.Fail();
            return 0;
        }

        byte application = (byte)(encoding & BaseMask);
        if (application == Aligned)
        {
            cursor.Skip((long)(unchecked(0 - section.AddressOf(cursor.At)) & 7));
            return cursor.U64();
        }

        ulong here = section.AddressOf(cursor.At);
        ulong value = ReadNumber(ref cursor, encoding);
        ulong from = application switch
        {
            Absolute => 0,
            PcRelative => here,
            DataRelative => dataBase,
            FunctionRelative => functionBase,
            _ => 0,
        };
        if (application > FunctionRelative || application != Absolute && from == 0)
            cursor.Fail();
        return value == 0 ? 0 : unchecked(value + from);
    }

    private static ulong ReadNumber(ref DwarfCursor cursor, byte encoding)
    {
        switch (encoding & FormatMask)
        {
            case Uleb:
                return cursor.Uleb();
            case Sleb:
                return (ulong)cursor.Sleb();
            case SignedData2:
            case SignedData4:
                return (ulong)cursor.Signed(SizeOf(encoding));
            default:
                int size = SizeOf(encoding);
                if (size == 0)
                    cursor.Fail();
                return size == 0 ? 0 : cursor.Unsigned(size);
        }
    }
}
