namespace Diagnose.Formats.Unwind;

/// <summary>A common information entry (CIE): what the entries of many functions share.</summary>
internal struct CommonEntry
{
    private const int MostAugmentation = 16;

    /// <summary>False for a value that was not read from anywhere.</summary>
    public bool IsKnown { get; private set; }

    public int At { get; private set; }

    public uint CodeAlignment { get; private set; }

    public int DataAlignment { get; private set; }

    /// <summary>Column of the rule that gives the return address.</summary>
    public int ReturnAddress { get; private set; }

    public byte PointerEncoding { get; private set; }

    public byte SegmentSize { get; private set; }

    /// <summary>The frames' entries have augmentation data, with its length before it.</summary>
    public bool HasAugmentationData { get; private set; }

    /// <summary>The frames are those that a signal interrupted: they were not called.</summary>
    public bool IsSignalFrame { get; private set; }

    public int Program { get; private set; }

    public int ProgramEnd { get; private set; }

    public static bool TryRead(ReadOnlySpan<byte> file, in FrameSection section, int at, out CommonEntry entry)
    {
        entry = default;
        if (!EntryHeader.TryRead(file, section, at, out EntryHeader header) || !header.IsCommon || header.IsTerminator)
            return false;
        var cursor = new DwarfCursor(file, header.Body, header.End);
        byte version = cursor.U8();
        if (version is not (1 or 3 or 4))
            return false;
        Span<byte> augmentation = stackalloc byte[MostAugmentation];
        int letters = 0;
        for (byte letter = cursor.U8(); letter != 0; letter = cursor.U8())
        {
            if (letters == MostAugmentation)
                return false;
            augmentation[letters++] = letter;
        }

        augmentation = augmentation[..letters];
        if (augmentation.StartsWith("eh"u8))
        {
            // GCC 2: a pointer to exception data.
            cursor.Skip(8);
            augmentation = augmentation[2..];
        }

        if (version == 4)
        {
            if (cursor.U8() != 8)
                return false;
            entry.SegmentSize = cursor.U8();
        }

        ulong codeAlignment = cursor.Uleb();
        long dataAlignment = cursor.Sleb();
        ulong returnAddress = version == 1 ? cursor.U8() : cursor.Uleb();
        if (cursor.Failed || codeAlignment > ushort.MaxValue || dataAlignment is < -1024 or > 1024 || returnAddress > byte.MaxValue)
            return false;
        if (!entry.TryReadAugmentation(ref cursor, augmentation, section))
            return false;
        entry.IsKnown = true;
        entry.At = at;
        entry.CodeAlignment = (uint)codeAlignment;
        entry.DataAlignment = (int)dataAlignment;
        entry.ReturnAddress = (int)returnAddress;
        entry.Program = cursor.At;
        entry.ProgramEnd = header.End;
        return !cursor.Failed;
    }

    private bool TryReadAugmentation(ref DwarfCursor cursor, scoped ReadOnlySpan<byte> letters, in FrameSection section)
    {
        int end = -1;
        if (letters is [(byte)'z', ..])
        {
            HasAugmentationData = true;
            ulong length = cursor.Uleb();
            if (length > (ulong)(cursor.End - cursor.At))
                return false;
            end = cursor.At + (int)length;
            letters = letters[1..];
        }

        foreach (byte letter in letters)
        {
            switch ((char)letter)
            {
                case 'R':
                    PointerEncoding = cursor.U8();
                    break;
                case 'P':
                    // The address of the personality routine: only its size matters here.
                    byte encoding = cursor.U8();
                    if (encoding != EncodedPointer.Omitted)
                        EncodedPointer.Read(ref cursor, (byte)(encoding & 0x7f), section, section.Address, section.Address);
                    break;
                case 'L':
                    cursor.U8();
                    break;
                case 'S':
                    IsSignalFrame = true;
                    break;
                case 'B': // AArch64: return addresses are signed with the second key
                case 'G': // AArch64: tagged stack memory
                    break;
                default:
                    // Of an unknown letter only the end of all its data is known.
                    if (end < 0)
                        return false;
                    cursor.Skip(end - cursor.At);
                    return !cursor.Failed;
            }
        }

        if (end >= 0)
            cursor.Skip(end - cursor.At);
        return !cursor.Failed;
    }
}
