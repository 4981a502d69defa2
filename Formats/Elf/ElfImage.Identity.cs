namespace Diagnose.Formats.Elf;

public readonly ref partial struct ElfImage
{
    /// <summary>Notes looked at for one build ID; headers of a hostile file can name the same bytes over and over.</summary>
    private const int MaxNotes = 1 << 16;

    /// <summary>
    /// The NT_GNU_BUILD_ID note's bytes (usually 20), or empty. Segments come first, as the kernel and perf read them;
    /// sections answer for debug files, whose segments have no bytes.
    /// </summary>
    public ReadOnlySpan<byte> BuildId
    {
        get
        {
            var budget = MaxNotes;
            for (var i = 0; i < SegmentCount && budget > 0; i++)
            {
                var segment = Segment(i);
                budget--;
                if (segment.Type == ElfSegmentType.Note && TryFind(BytesOf(segment), segment.Alignment, ref budget, out var buildId))
                    return buildId;
            }

            for (var i = 1; i < SectionCount && budget > 0; i++)
            {
                var section = Section(i);
                if (section.Type == ElfSectionType.Note && !section.IsCompressed
                    && TryFind(BytesOf(section), section.Alignment, ref budget, out var buildId))
                    return buildId;
            }

            return [];
        }
    }

    /// <summary>
    /// The .gnu_debuglink section: the file name of the separate debug file and the CRC-32 of its contents
    /// (GDB manual, "Debugging Information in Separate Files").
    /// </summary>
    public bool TryDebugLink(out ReadOnlySpan<byte> fileName, out uint crc)
    {
        fileName = [];
        crc = 0;
        if (!TrySection(".gnu_debuglink"u8, out var section) || section.IsCompressed)
            return false;
        var bytes = BytesOf(section);
        var nameEnd = bytes.IndexOf((byte)0);
        var crcAt = (nameEnd + 4) & ~3;
        if (nameEnd <= 0 || crcAt > bytes.Length - 4)
            return false;
        fileName = bytes[..nameEnd];
        crc = new ElfFields(bytes, Is64, IsBigEndian).Word(crcAt);
        return true;
    }

    private bool TryFind(ReadOnlySpan<byte> notes, ulong alignment, scoped ref int budget, out ReadOnlySpan<byte> buildId)
    {
        foreach (var note in new ElfNotes(notes, IsBigEndian, alignment))
        {
            if (note.IsBuildId)
            {
                buildId = note.Description;
                return true;
            }

            if (--budget <= 0)
                break;
        }

        buildId = [];
        return false;
    }
}
