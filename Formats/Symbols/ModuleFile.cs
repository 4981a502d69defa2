using System.Buffers.Binary;
using Diagnose.Formats.Elf;

namespace Diagnose.Formats.Symbols;

/// <summary>
/// The ELF file, or .NET assembly with code of its own, behind a module, held open from when it was first seen mapped: its process may be gone, with its whole
/// root, by the time that a name is wanted. Only its headers stay in memory; symbol tables and unwind information come and go.
/// </summary>
internal sealed partial class ModuleFile : IDisposable
{
    private const int HeaderBytes = 4096;

    /// <summary>Files are opened as soon as they are mapped: what a hostile one says of its tables must not be read into memory for that.</summary>
    private const int MostSectionNames = 1 << 20, MostSectionTable = 16 << 20;

    private readonly IModuleImage _image;
    private ElfSymbolIndex? _symbols;
    private long _symbolBytes;

    private ModuleFile(IModuleImage image) => _image = image;

    /// <summary>The file's own build ID; empty when it has none.</summary>
    public byte[] BuildId { get; private set; } = [];

    /// <summary>Bytes that the loaded symbols take; 0 when they are not loaded.</summary>
    public long SymbolBytes => _symbolBytes + (DebugFile?._symbolBytes ?? 0) + MiniBytes + (_assembly?.LoadedBytes ?? 0);

    /// <summary>Whether it has the linker's own symbols; what is installed has mostly lost them.</summary>
    public bool HasSymbolTable { get; private set; }

    /// <summary>
    /// The file that the linker's symbols were moved to, which is then asked first; null where there is none. It belongs to
    /// this one from here on.
    /// </summary>
    public ModuleFile? DebugFile { get; private set; }

    /// <summary>Takes it over where it has symbols and belongs to this one, by its build ID; else closes it.</summary>
    public bool TryTakeDebugFile(ModuleFile debug)
    {
        if (debug.HasSymbolTable && BuildId.Length > 0 && debug.BuildId.AsSpan().SequenceEqual(BuildId))
        {
            DebugFile?.Dispose();
            DebugFile = debug;
            return true;
        }

        debug.Dispose();
        return false;
    }

    /// <summary>The name in the section <c>.gnu_debuglink</c>; empty where there is none.</summary>
    public byte[] ReadDebugLink()
    {
        if (!ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _) || !elf.TrySectionNames(out ElfSection names))
            return [];
        if (names.Size > MostSectionNames)
            return [];
        TryLoad(names.Offset, names.Size);
        if (!elf.TrySection(".gnu_debuglink"u8, out ElfSection link) || link.Size > HeaderBytes)
            return [];
        TryLoad(link.Offset, link.Size);
        return elf.TryDebugLink(out ReadOnlySpan<byte> name, out _) ? name.ToArray() : [];
    }

    /// <summary>Takes over the image. Null when it is no file of these kinds that can be read.</summary>
    public static ModuleFile? Open(IModuleImage image)
    {
        var module = new ModuleFile(image);
        if (module.TryLoadHeaders() || module.TryLoadAssembly())
            return module;
        module.Dispose();
        return null;
    }

    /// <summary>The ELF address (<c>p_vaddr</c>) of a file offset, or what counts from a PE file's base; null when no segment holds it.</summary>
    public ulong? AddressOf(ulong offset) =>
        _assembly is not null ? _assembly.AddressOf(offset)
        : ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _) && elf.TryAddressOfOffset(offset, out ulong address)
            ? address : null;

    /// <summary>The symbol that covers a file offset. Loads the symbol tables where they are not loaded.</summary>
    /// <param name="start">File offset of the symbol's start.</param>
    /// <param name="name">Lies in the file's image: copy it before <see cref="DropSymbols"/>.</param>
    public bool TryFindSymbol(
        ulong offset, out ulong start, out ulong size, out ElfSymbolSource source, out ReadOnlySpan<byte> name)
    {
        start = size = 0;
        source = default;
        name = default;
        // Only the mapped file itself knows where its bytes are loaded; a debug file has the same addresses.
        if (AddressOf(offset) is not { } address
            || !(((DebugFile ?? Mini)?.TryFindSymbolAt(address, out ElfSymbol symbol, out name) ?? TryNone(out symbol, out name))
                || TryFindSymbolAt(address, out symbol, out name)))
            return false;
        start = offset - (address - symbol.Address);
        size = symbol.Size;
        source = symbol.Source;
        return true;
    }

    /// <summary>Gives the memory of the symbol tables back; they load again when they are wanted.</summary>
    public void DropSymbols()
    {
        DebugFile?.DropSymbols();
        DropMini();
        if (_symbols is not null || _assembly is { LoadedBytes: > 0 })
            Forget();
    }

    public void Dispose()
    {
        DebugFile?.Dispose();
        DropMini();
        _symbols = null;
        _symbolBytes = 0;
        _hasUnwindBytes = false;
        // Whoever still counts what this keeps loaded must find nothing to drop.
        _assembly?.Forget();
        _assembly?.ForgetIndex();
        _image.Dispose();
    }

    private bool TryFindSymbolAt(ulong address, out ElfSymbol symbol, out ReadOnlySpan<byte> name)
    {
        if (!TryLoadSymbols() || !ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _) || !_symbols!.TryFind(address, out symbol))
            return TryNone(out symbol, out name);
        name = _symbols.NameOf(elf, symbol);
        return !name.IsEmpty;
    }

    private static bool TryNone(out ElfSymbol symbol, out ReadOnlySpan<byte> name)
    {
        symbol = default;
        name = default;
        return false;
    }

    /// <summary>The image gives back all of its parts or none.</summary>
    private void Forget()
    {
        _symbols = null;
        _symbolBytes = 0;
        _hasUnwindBytes = false;
        _assembly?.Forget();
        _image.Forget();
        if (_assembly is null)
            TryLoadHeaders();
    }

    /// <summary>The ELF header, both header tables and the notes: all that identifies the file.</summary>
    private bool TryLoadHeaders()
    {
        if (!_image.TryLoad(0, HeaderBytes) || !TryLoadSectionTable()
            || !ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _))
            return false;
        for (int i = 0; i < elf.SegmentCount; i++)
        {
            ElfSegment segment = elf.Segment(i);
            if (segment.Type == ElfSegmentType.Note && segment.FileSize < HeaderBytes)
                TryLoad(segment.Offset, segment.FileSize);
        }

        if (BuildId.Length == 0)
        {
            for (int i = 1; i < elf.SectionCount && elf.BuildId.IsEmpty; i++)
            {
                ElfSection section = elf.Section(i);
                if (section.Type == ElfSectionType.Note && section.Size < HeaderBytes)
                    TryLoad(section.Offset, section.Size);
            }

            BuildId = elf.BuildId.ToArray();
        }

        for (int i = 1; i < elf.SectionCount && !HasSymbolTable; i++)
            HasSymbolTable = elf.Section(i).Type == ElfSectionType.SymTab;

        return true;
    }

    /// <summary>The header tables may lie anywhere; the section table is at the end of most files.</summary>
    private bool TryLoadSectionTable()
    {
        ReadOnlySpan<byte> head = _image.Bytes[..Math.Min(64, _image.Length)];
        if (head.Length < 64 || !head.StartsWith("\u007fELF"u8))
            return false;
        bool is64 = head[4] == 2, isBig = head[5] == 2;
        ulong segments = is64 ? Word(head[32..], 8, isBig) : Word(head[28..], 4, isBig);
        ulong sections = is64 ? Word(head[40..], 8, isBig) : Word(head[32..], 4, isBig);
        int counts = is64 ? 54 : 42;
        ulong segmentBytes = Word(head[counts..], 2, isBig) * Word(head[(counts + 2)..], 2, isBig);
        ulong stride = Word(head[(counts + 4)..], 2, isBig), count = Word(head[(counts + 6)..], 2, isBig);
        // With more than 65279 sections the header says 0 and the first section has the number.
        TryLoad(segments, segmentBytes);
        TryLoad(sections, count == 0 ? stride : stride * count);
        if (count == 0 && sections != 0 && ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _))
            TryLoad(sections, Math.Min((ulong)elf.SectionCount * stride, MostSectionTable));
        return true;
    }

    private bool TryLoadSymbols()
    {
        if (_symbols is not null)
            return true;
        if (!ElfImage.TryParse(_image.Bytes, out ElfImage elf, out _))
            return false;
        long bytes = 0;
        // Names of sections lie in a string table, so tables come first and what is found by name second.
        for (int i = 1; i < elf.SectionCount; i++)
        {
            ElfSection section = elf.Section(i);
            if (section.Type is not (ElfSectionType.SymTab or ElfSectionType.DynSym or ElfSectionType.StrTab
                or ElfSectionType.Rela or ElfSectionType.SymTabShndx))
                continue;
            TryLoad(section.Offset, section.Size);
            bytes += (long)section.Size;
        }

        for (int i = 1; i < elf.SectionCount; i++)
        {
            ElfSection section = elf.Section(i);
            if (section.Type == ElfSectionType.ProgBits && elf.NameOf(section).StartsWith(".plt"u8))
                TryLoad(section.Offset, section.Size);
        }

        _symbols = ElfSymbolIndex.Build(elf);
        _symbolBytes = bytes + _symbols.MemoryBytes;
        return true;
    }

    private void TryLoad(ulong offset, ulong count)
    {
        // What cannot be loaded stays zero, and the parser finds nothing there.
        if (offset <= (ulong)_image.Length)
            _image.TryLoad((long)offset, (long)Math.Min(count, (ulong)_image.Length - offset));
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int size, bool isBig) => (size, isBig) switch
    {
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, true) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        (_, false) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        (_, true) => BinaryPrimitives.ReadUInt64BigEndian(bytes),
    };
}
