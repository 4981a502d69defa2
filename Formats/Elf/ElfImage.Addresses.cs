namespace Diagnose.Formats.Elf;

public readonly ref partial struct ElfImage
{
    /// <summary>
    /// Where the loader puts the byte at a file offset, before any load bias: the address space of symbols. A mapping gives
    /// file offsets (pgoff of PERF_RECORD_MMAP2), so this is the first step from a sampled address to a name.
    /// Ask the image that was mapped: in a separate debug file the offsets of PT_LOAD mean nothing.
    /// </summary>
    public bool TryAddressOfOffset(ulong fileOffset, out ulong address)
    {
        // Sampled code runs from an executable segment; another one may share its page, or even its bytes, in the file.
        var found = false;
        address = 0;
        for (var i = 0; i < SegmentCount; i++)
        {
            var segment = Segment(i);
            if (segment.Type != ElfSegmentType.Load || fileOffset < segment.Offset || fileOffset - segment.Offset >= segment.FileSize)
                continue;
            if (found && !segment.IsExecutable)
                continue;
            address = unchecked(segment.Address + (fileOffset - segment.Offset));
            found = true;
            if (segment.IsExecutable)
                return true;
        }

        return found;
    }

    /// <summary>Where in the file the byte of an (unbiased) address lies; false for addresses that have no bytes, as in .bss.</summary>
    public bool TryOffsetOfAddress(ulong address, out ulong fileOffset)
    {
        for (var i = 0; i < SegmentCount; i++)
        {
            var segment = Segment(i);
            if (segment.Type != ElfSegmentType.Load || address < segment.Address || address - segment.Address >= segment.FileSize)
                continue;
            fileOffset = unchecked(segment.Offset + (address - segment.Address));
            return true;
        }

        fileOffset = 0;
        return false;
    }
}
