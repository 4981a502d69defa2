using Diagnose.Formats.Elf;

namespace Diagnose.Formats.Unwind;

/// <summary>
/// Finds the unwind information of a module's addresses. It holds places in the file and none of its bytes, which are handed
/// in again with each question; only for a section without a search table it holds an index of its own.
/// </summary>
public sealed class UnwindTable
{
    /// <summary>What a start-up routine is long at most: it has no caller, and seldom unwind information that says so.</summary>
    private const ulong EntryCode = 64;

    private static uint s_lastNumber;

    private readonly UnwindSections _sections;
    private readonly EhFrameHeader _header;
    private readonly FrameSection _ehFrame;
    private readonly FrameIndex? _ehIndex, _debugIndex;
    private readonly List<StubSection> _stubs;
    private readonly ulong _entry;

    private UnwindTable(in ElfImage elf, in UnwindSections sections)
    {
        _sections = sections;
        ReadOnlySpan<byte> file = elf.File;
        if (!sections.Header.IsEmpty)
            EhFrameHeader.TryRead(file, sections.Header, out _header);
        _ehFrame = EhFrameOf(elf, sections, _header);
        // The header's table is searched as it lies in the file.
        if (!_ehFrame.IsEmpty && !_header.HasTable)
            _ehIndex = FrameIndex.Build(file, _ehFrame);
        if (!sections.DebugFrame.IsEmpty)
            _debugIndex = FrameIndex.Build(file, sections.DebugFrame);
        _entry = elf.EntryPoint;
        _stubs = UnwindSections.Stubs(elf);
    }

    /// <summary>Tells it from every other table that there ever was in this process; never 0.</summary>
    public uint Number { get; } = Interlocked.Increment(ref s_lastNumber);

    /// <summary>Memory of its own.</summary>
    public int MemoryBytes => (_ehIndex?.MemoryBytes ?? 0) + (_debugIndex?.MemoryBytes ?? 0);

    /// <summary>
    /// The parts of a file that <see cref="Build"/> and every later look-up read. To be asked when its header tables and the
    /// names of its sections are in memory (<see cref="ElfImage.TrySectionNames"/>).
    /// </summary>
    public static List<FileRange> RangesOf(in ElfImage elf)
    {
        List<FileRange> ranges = [];
        if (IsSupported(elf))
            UnwindSections.Find(elf).AddTo(ranges, elf);
        return ranges;
    }

    /// <summary>Null for a file of another kind of machine. One without unwind information still has its PLT and its entry.</summary>
    public static UnwindTable? Build(in ElfImage elf) => IsSupported(elf) ? new UnwindTable(elf, UnwindSections.Find(elf)) : null;

    /// <summary>The entry that describes an address, which counts as the file's symbols do.</summary>
    internal bool TryFind(ReadOnlySpan<byte> file, ulong address, out CommonEntry common, out FrameEntry entry, out bool isDebugFrame)
    {
        common = default;
        entry = default;
        isDebugFrame = false;
        int at;
        bool found = _header.HasTable
            ? _header.TryFind(file, address, out ulong place) && _ehFrame.TryOffsetOf(place, out at)
                && FrameEntry.TryRead(file, _ehFrame, at, ref common, out entry)
            : _ehIndex is not null && _ehIndex.TryFind(address, out at) && FrameEntry.TryRead(file, _ehFrame, at, ref common, out entry);
        if (found && entry.Covers(address))
            return true;
        isDebugFrame = true;
        common = default;
        return _debugIndex is not null && _debugIndex.TryFind(address, out at)
            && FrameEntry.TryRead(file, _sections.DebugFrame, at, ref common, out entry) && entry.Covers(address);
    }

    /// <summary>Runs the program of an entry that was found before.</summary>
    internal bool TryRun(FrameProgram program, ReadOnlySpan<byte> file, int entryAt, bool isDebugFrame, ulong address)
    {
        CommonEntry common = default;
        FrameSection section = isDebugFrame ? _sections.DebugFrame : _ehFrame;
        return FrameEntry.TryRead(file, section, entryAt, ref common, out FrameEntry entry)
            && program.TryRun(file, section, common, entry, address);
    }

    /// <summary>The row at an address, from the file's bytes.</summary>
    internal CompactRow RowOf<TRegisters>(FrameProgram program, ReadOnlySpan<byte> file, ulong address)
        where TRegisters : struct, IUnwindRegisters<TRegisters>
    {
        if (!TryFind(file, address, out CommonEntry common, out FrameEntry entry, out bool isDebugFrame))
            return RowWithoutEntry<TRegisters>(address);
        FrameSection section = isDebugFrame ? _sections.DebugFrame : _ehFrame;
        if (!program.TryRun(file, section, common, entry, address) || program.ReturnAddress >= TRegisters.Columns)
            return CompactRow.None;
        switch (program.Rules[program.ReturnAddress].Kind)
        {
            case RuleKind.Undefined:
                return CompactRow.Outermost;
            case RuleKind.Unspecified:
                return CompactRow.None; // a call without a return address: the entry is no good
            default:
                return CompactRow.TryMake<TRegisters>(program, out CompactRow row) ? row : CompactRow.Program(entry.At, isDebugFrame);
        }
    }

    private CompactRow RowWithoutEntry<TRegisters>(ulong address)
        where TRegisters : struct, IUnwindRegisters<TRegisters>
    {
        foreach (StubSection stub in _stubs)
            if (stub.Covers(address))
                return TRegisters.StubRow(stub, address - stub.Start);
        return _entry != 0 && unchecked(address - _entry) < EntryCode ? CompactRow.Outermost : CompactRow.None;
    }

    private static FrameSection EhFrameOf(in ElfImage elf, in UnwindSections sections, in EhFrameHeader header)
    {
        FrameSection found = sections.EhFrame;
        // Without a section table the header alone says where in its segment .eh_frame begins.
        if (elf.SectionCount == 0 && header.EhFrame != 0 && found.TryOffsetOf(header.EhFrame, out int at))
            return new FrameSection(at, found.End - at, header.EhFrame, false);
        return elf.SectionCount == 0 ? default : found;
    }

    private static bool IsSupported(in ElfImage elf) => elf is { Is64: true, IsBigEndian: false, Machine: ElfMachine.X64 };
}
