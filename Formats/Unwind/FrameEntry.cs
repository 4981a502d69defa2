namespace Diagnose.Formats.Unwind;

/// <summary>
/// A frame description entry (FDE): the rules of one function (DWARF 4, 6.4.1; LSB, "The .eh_frame section"). Addresses are
/// those of the file, before any load bias; places are offsets in it.
/// </summary>
internal readonly struct FrameEntry
{
    public required int At { get; init; }

    public required ulong Start { get; init; }

    public required ulong Length { get; init; }

    public required int Program { get; init; }

    public required int ProgramEnd { get; init; }

    public required int CommonAt { get; init; }

    public bool Covers(ulong address) => unchecked(address - Start) < Length;

    /// <summary>Reads the entry at a place, and the common entry that it names unless <paramref name="common"/> is that already.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> file, in FrameSection section, int at, scoped ref CommonEntry common, out FrameEntry entry)
    {
        entry = default;
        if (!EntryHeader.TryRead(file, section, at, out EntryHeader header) || header.IsCommon)
            return false;
        if ((common.At != header.CommonAt || !common.IsKnown) && !CommonEntry.TryRead(file, section, header.CommonAt, out common))
            return false;
        var cursor = new DwarfCursor(file, header.Body, header.End);
        cursor.Skip(common.SegmentSize);
        ulong start = EncodedPointer.Read(ref cursor, common.PointerEncoding, section, 0, 0);
        ulong length = EncodedPointer.ReadLength(ref cursor, common.PointerEncoding);
        if (common.HasAugmentationData)
            cursor.Skip((long)Math.Min(cursor.Uleb(), int.MaxValue));
        entry = new FrameEntry
        {
            At = at, Start = start, Length = length, Program = cursor.At, ProgramEnd = header.End, CommonAt = header.CommonAt,
        };
        return !cursor.Failed;
    }
}

/// <summary>What both kinds of entries begin with: a length and what tells them apart.</summary>
internal readonly struct EntryHeader
{
    public required int Body { get; init; }

    public required int End { get; init; }

    public required bool IsCommon { get; init; }

    /// <summary>Place of the common entry that a frame's entry belongs to.</summary>
    public required int CommonAt { get; init; }

    /// <summary>Nothing but a length of zero: the end of .eh_frame, or of one object file's part of it.</summary>
    public bool IsTerminator => End == Body;

    public static bool TryRead(ReadOnlySpan<byte> file, in FrameSection section, int at, out EntryHeader header)
    {
        header = default;
        if (at < section.Offset)
            return false;
        var cursor = new DwarfCursor(file, at, section.End);
        ulong length = cursor.U32();
        bool is64 = length == uint.MaxValue;
        if (is64)
            length = cursor.U64();
        int body = cursor.At;
        if (cursor.Failed || length > (ulong)(section.End - body))
            return false;
        if (length == 0)
        {
            header = new EntryHeader { Body = body, End = body, IsCommon = true, CommonAt = 0 };
            return true;
        }

        // .eh_frame has 4 bytes here whatever the length's size, and counts back from them.
        int idSize = is64 && section.IsDebugFrame ? 8 : 4;
        ulong id = cursor.Unsigned(idSize);
        ulong commonId = !section.IsDebugFrame ? 0 : idSize == 8 ? ulong.MaxValue : uint.MaxValue;
        long common = section.IsDebugFrame ? (long)Math.Min(id, int.MaxValue) + section.Offset : body - (long)id;
        bool isCommon = id == commonId;
        if (cursor.Failed || cursor.At > body + (int)length || (!isCommon && (common < section.Offset || common >= section.End)))
            return false;
        header = new EntryHeader { Body = cursor.At, End = body + (int)length, IsCommon = isCommon, CommonAt = isCommon ? at : (int)common };
        return true;
    }
}
