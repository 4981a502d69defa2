using Diagnose.Formats.Elf;
using Diagnose.Formats.Report;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>What the collector reads of a process that has code without a file.</summary>
internal interface IProcessCode
{
    /// <summary>
    /// The process's perf map, null when it has none. <paramref name="refused"/> says why one that is there is not believed.
    /// </summary>
    /// <param name="lastUid">User of the process when it was last looked at, for one that is gone.</param>
    IPerfMapFile? OpenPerfMap(int pid, uint? lastUid, out string? refused);

    /// <summary>The image of the kernel's vDSO; empty where there is none.</summary>
    ReadOnlySpan<byte> Vdso { get; }
}

/// <summary>
/// Names the frames that a block is the first to use, before the block is written: the trace then needs no file of this
/// machine ever again.
/// </summary>
internal sealed class SymbolCollector(DefinitionWriter definitions, KernelImage kernel, IProcessCode code, Notices notices) : IDisposable
{
    /// <summary>Symbol tables stay loaded up to this size together, the latest used ones.</summary>
    private const long KeepBytes = 2 << 20;

    /// <summary>And so do the indexes of the methods of .NET assemblies.</summary>
    private const long KeepIndexBytes = 3 << 20;

    private readonly LoadedFiles _loaded = new(KeepBytes, file => file.SymbolBytes, file => file.DropSymbols());
    private readonly LoadedFiles _indexed = new(KeepIndexBytes, file => file.MethodIndexBytes, file => file.DropMethodIndex());
    private ElfSymbolIndex? _vdso;

    /// <summary>Names of code without a file.</summary>
    public GeneratedNames Generated { get; } = new(definitions, code, notices);

    public void Name(ReadOnlySpan<NewFrame> frames)
    {
        // Module by module: no more than one has its symbols in memory beyond what is kept.
        NewFrame[] ordered = frames.ToArray();
        Array.Sort(ordered, (a, b) => a.Row.Module != b.Row.Module ? a.Row.Module.CompareTo(b.Row.Module) : a.Frame.CompareTo(b.Frame));
        for (int i = 0; i < ordered.Length; i++)
        {
            if (i > 0 && ordered[i].Row.Module != ordered[i - 1].Row.Module)
                Shrink();
            definitions.FrameSymbol(ordered[i].Frame, SymbolOf(ordered[i]));
        }

        Shrink();
    }

    private void Shrink()
    {
        _loaded.Shrink();
        _indexed.Shrink();
    }

    /// <summary>The segment ends: what has no name by now gets none in it.</summary>
    public void EndSegment() => Generated.EndSegment();

    public void Dispose() => Generated.Dispose();

    private int SymbolOf(NewFrame frame)
    {
        ulong back = frame.Back;
        switch (frame.Module)
        {
            case null when frame.Row.Module != 0:
                int symbol = kernel.SymbolOf(frame.Address, frame.Row);
                if (symbol == 0 && kernel.AddressesHidden)
                    notices.Say("kernel symbols are hidden (kernel.kptr_restrict, or CAP_SYSLOG is missing): kernel frames stay unnamed");
                return symbol;
            case null:
                return 0;
            case { Kind: ModuleKind.File } module:
                return FromFile(module, frame.Row, back);
            case { Kind: ModuleKind.Vdso, Instance: CodeModule.CompatVdso }:
                return 0;
            case { Kind: ModuleKind.Vdso }:
                return FromVdso(frame.Row, back);
            default:
                return Generated.SymbolOf(frame, back);
        }
    }

    private int FromFile(CodeModule module, FrameRow row, ulong back)
    {
        if (module.File is not { } file)
        {
            notices.Say(PrintableText.Of(module.Path), "the mapped file is no ELF file, or could not be read any more: its frames stay unnamed");
            return 0;
        }

        _loaded.Use(file);
        if (file.IsAssembly)
        {
            _indexed.Use(file);
            if (!file.TryFindMethod(row.Offset - back, out ulong from, out ulong length, out string method, out string detail))
                return 0;
            return definitions.Symbol(new SymbolRow(
                row.Module, from, length, definitions.String(method), SymbolSource.ReadyToRun, definitions.String(detail)));
        }

        // Nobody called a signal's return trampoline: the kernel pushed the very start of it as if somebody had.
        if (!file.TryFindSymbol(row.Offset - back, out ulong start, out ulong size, out ElfSymbolSource source, out var name)
            && (back == 0 || !file.TryFindSymbol(row.Offset, out start, out size, out source, out name)))
            return 0;
        return definitions.Symbol(new SymbolRow(row.Module, start, size, definitions.String(name), source switch
        {
            ElfSymbolSource.SymTab => SymbolSource.SymTab,
            ElfSymbolSource.DynSym => SymbolSource.DynSym,
            _ => SymbolSource.Plt,
        }));
    }

    private int FromVdso(FrameRow row, ulong back)
    {
        if (!ElfImage.TryParse(code.Vdso, out ElfImage elf, out _))
            return 0;
        _vdso ??= ElfSymbolIndex.Build(elf);
        ulong offset = row.Offset - back;
        if (!elf.TryAddressOfOffset(offset, out ulong address) || !_vdso.TryFind(address, out ElfSymbol symbol))
            return 0;
        return definitions.Symbol(new SymbolRow(row.Module, offset - (address - symbol.Address), symbol.Size,
            definitions.String(_vdso.NameOf(elf, symbol)), SymbolSource.DynSym));
    }
}
