using Diagnose.Formats.Elf;
using Diagnose.Formats.Unwind;

namespace Diagnose.Formats.Symbols;

internal sealed partial class ModuleFile
{
    private UnwindTable? _unwindTable;
    private List<FileRange>? _unwindRanges;
    private bool _hasUnwindBytes, _lostUnwindBytes;

    /// <summary>Bytes that the loaded unwind information takes; 0 when it is not loaded.</summary>
    public long UnwindBytes =>
        _hasUnwindBytes ? _unwindRanges!.Sum(range => range.Size) + (_unwindTable?.MemoryBytes ?? 0) : 0;

    /// <summary>Finds the file's unwind information; null for another kind of machine. Stays when the bytes go.</summary>
    public UnwindTable? UnwindTable
    {
        get
        {
            if (_unwindTable is null && (_unwindRanges is null || _unwindRanges.Count > 0) && TryLoadUnwind()
                && ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _))
                _unwindTable = UnwindTable.Build(elf);
            return _unwindTable;
        }
    }

    /// <summary>The file's bytes with all that <see cref="UnwindTable"/> reads; empty when it cannot be read any more.</summary>
    public ReadOnlySpan<byte> LoadUnwind() => TryLoadUnwind() ? _image.Bytes : [];

    /// <summary>Gives the memory of the unwind information back, and of the symbol tables with it; both load again.</summary>
    public void DropUnwind()
    {
        if (!_hasUnwindBytes)
            return;
        // An index is made again: only what is found in the file itself is worth keeping.
        if (_unwindTable is { MemoryBytes: > 0 })
            _unwindTable = null;
        Forget();
    }

    private bool TryLoadUnwind()
    {
        if (_hasUnwindBytes)
            return true;
        // What could not be read once, because the file has become shorter, is not asked for at every frame.
        if (_lostUnwindBytes || !ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _))
            return false;
        if (_unwindRanges is null)
        {
            if (elf.TrySectionNames(out ElfSection names))
                TryLoad(names.Offset, names.Size);
            _unwindRanges = UnwindTable.RangesOf(elf);
        }

        foreach (FileRange range in _unwindRanges)
            _lostUnwindBytes |= !_image.TryLoad(range.Offset, range.Size);
        return _hasUnwindBytes = !_lostUnwindBytes;
    }
}
