using Diagnose.Formats.Elf;

namespace Diagnose.Formats.Unwind;

/// <summary>A part of a file.</summary>
public readonly record struct FileRange(long Offset, long Size);

/// <summary>Where the unwind information of a file lies, by its header tables alone.</summary>
internal readonly struct UnwindSections
{
    /// <summary>A section that is larger is not read: browsers have 30 MB, and the header tables can name any size.</summary>
    private const ulong MostBytes = 64 << 20;

    private static readonly (byte[] Name, StubKind Kind)[] s_stubs =
    [
        ([.. ".plt"u8], StubKind.LazyPlt), ([.. ".plt.sec"u8], StubKind.DirectPlt), ([.. ".plt.got"u8], StubKind.DirectPlt),
        ([.. ".init"u8], StubKind.InitFini), ([.. ".fini"u8], StubKind.InitFini),
    ];

    private UnwindSections(FrameSection header, FrameSection ehFrame, FrameSection debugFrame) =>
        (Header, EhFrame, DebugFrame) = (header, ehFrame, debugFrame);

    public FrameSection Header { get; }

    /// <summary>
    /// Where there is no section table, as in images from memory, all of the segment from the header on: what begins
    /// .eh_frame is in the header.
    /// </summary>
    public FrameSection EhFrame { get; }

    public FrameSection DebugFrame { get; }

    public static UnwindSections Find(in ElfImage elf)
    {
        FrameSection header = default, ehFrame = default, debugFrame = default;
        if (elf.TrySection(".eh_frame_hdr"u8, out ElfSection section))
            header = Section(elf, section, false);
        if (elf.TrySection(".eh_frame"u8, out section))
            ehFrame = Section(elf, section, false);
        if (elf.TrySection(".debug_frame"u8, out section))
            debugFrame = Section(elf, section, true);
        for (int i = 0; i < elf.SegmentCount && header.IsEmpty; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.Type == ElfSegmentType.GnuEhFrame && segment.FileSize <= MostBytes && !elf.BytesOf(segment).IsEmpty)
                header = new FrameSection((int)segment.Offset, (int)segment.FileSize, segment.Address, false);
        }

        for (int i = 0; i < elf.SegmentCount && ehFrame.IsEmpty && !header.IsEmpty; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.Type == ElfSegmentType.Load && segment.FileSize <= MostBytes && !elf.BytesOf(segment).IsEmpty
                && unchecked(header.Address - segment.Address) < segment.FileSize)
                ehFrame = new FrameSection((int)segment.Offset, (int)segment.FileSize, segment.Address, false);
        }

        return new UnwindSections(header, ehFrame, debugFrame);
    }

    public static List<StubSection> Stubs(in ElfImage elf)
    {
        List<StubSection> stubs = [];
        foreach ((byte[] name, StubKind kind) in s_stubs)
            if (elf.TrySection(name, out ElfSection section) && section.IsExecutable && section.Size > 0)
                stubs.Add(new StubSection(section.Address, section.Size, kind, StubSection.StartsWithMark(elf.BytesOf(section))));
        return stubs;
    }

    /// <summary>What is to be loaded of a file.</summary>
    public void AddTo(List<FileRange> ranges, in ElfImage elf)
    {
        foreach ((byte[] name, _) in s_stubs)
            if (elf.TrySection(name, out ElfSection section) && section.Size >= StubSection.MarkBytes && !elf.BytesOf(section).IsEmpty)
                ranges.Add(new FileRange((long)section.Offset, StubSection.MarkBytes));
        foreach (FrameSection section in (ReadOnlySpan<FrameSection>)[Header, EhFrame, DebugFrame])
            if (!section.IsEmpty)
                ranges.Add(new FileRange(section.Offset, section.Size));
    }

    private static FrameSection Section(in ElfImage elf, in ElfSection section, bool isDebugFrame) =>
        section.IsCompressed || section.Size > MostBytes || elf.BytesOf(section).IsEmpty ? default
            : new FrameSection((int)section.Offset, (int)section.Size, section.Address, isDebugFrame);
}
