using System.Runtime.InteropServices;
using Diagnose.Formats.DotNet;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Jit;
using Diagnose.Formats.Report;
using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>What the collector reads of a process that has code without a file.</summary>
internal interface IProcessCode
{
    /// <summary>
    /// Content of the process's perf map, null when it has none. <paramref name="refused"/> says why one that is there is
    /// not believed.
    /// </summary>
    /// <param name="lastUid">User of the process when it was last looked at, for one that is gone.</param>
    byte[]? ReadPerfMap(int pid, uint? lastUid, out string? refused);

    /// <summary>The image of the kernel's vDSO; empty where there is none.</summary>
    ReadOnlySpan<byte> Vdso { get; }
}

/// <summary>
/// Names the frames that a block is the first to use, before the block is written: the trace then needs no file of this
/// machine ever again.
/// </summary>
internal sealed class SymbolCollector(DefinitionWriter definitions, KernelImage kernel, IProcessCode code, Notices notices)
{
    /// <summary>Symbol tables stay loaded up to this size together, the latest used ones.</summary>
    private const long KeepBytes = 6 << 20;

    /// <summary>Blocks over which a frame of generated code may wait for its line in the perf map.</summary>
    private const int MostTries = 4;

    private const int MostUnnamed = 4096;

    private readonly LoadedFiles _loaded = new(KeepBytes, file => file.SymbolBytes, file => file.DropSymbols());
    private readonly Dictionary<int, PerfMap?> _perfMaps = [];
    private readonly List<(NewFrame Frame, int Tries)> _unnamed = [];
    private ElfSymbolIndex? _vdso;

    public void Name(ReadOnlySpan<NewFrame> frames)
    {
        _perfMaps.Clear();
        TryAgain();
        foreach (NewFrame frame in frames)
        {
            int symbol = SymbolOf(frame);
            definitions.FrameSymbol(frame.Frame, symbol);
            if (symbol == 0 && frame.Module?.Kind == ModuleKind.Anonymous && _unnamed.Count < MostUnnamed)
                _unnamed.Add((frame, 1));
        }

        _loaded.Shrink();
    }

    /// <summary>A new segment of the trace: frames are new again when they are hit again.</summary>
    public void BeginSegment() => _unnamed.Clear();

    /// <summary>A process writes its perf map behind its compiler: code can be hit before its line is there.</summary>
    private void TryAgain()
    {
        Span<(NewFrame Frame, int Tries)> unnamed = CollectionsMarshal.AsSpan(_unnamed);
        int kept = 0;
        for (int i = 0; i < unnamed.Length; i++)
        {
            int symbol = SymbolOf(unnamed[i].Frame);
            if (symbol != 0)
                definitions.FrameSymbol(unnamed[i].Frame.Frame, symbol);
            else if (unnamed[i].Tries < MostTries)
                unnamed[kept++] = (unnamed[i].Frame, unnamed[i].Tries + 1);
        }

        _unnamed.RemoveRange(kept, _unnamed.Count - kept);
    }

    private int SymbolOf(NewFrame frame)
    {
        // Callers are named by the call itself: what it returns to may already be the next function.
        ulong back = frame.Row.Flags.HasFlag(FrameFlags.ReturnAddress) ? 1UL : 0;
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
                return FromPerfMap(frame, back);
        }
    }

    private int FromFile(CodeModule module, FrameRow row, ulong back)
    {
        if (module.File is not { } file)
        {
            notices.Say(PrintableText.Of(module.Path), "the mapped file is no ELF file, or could not be read any more: its frames stay unnamed");
            return 0;
        }

        if (file.IsAssembly)
        {
            if (!file.TryFindMethod(row.Offset - back, out ulong from, out ulong length, out string method, out string detail))
                return 0;
            _loaded.Use(file);
            return definitions.Symbol(new SymbolRow(
                row.Module, from, length, definitions.String(method), SymbolSource.ReadyToRun, definitions.String(detail)));
        }

        // Nobody called a signal's return trampoline: the kernel pushed the very start of it as if somebody had.
        if (!file.TryFindSymbol(row.Offset - back, out ulong start, out ulong size, out ElfSymbolSource source, out var name)
            && (back == 0 || !file.TryFindSymbol(row.Offset, out start, out size, out source, out name)))
            return 0;
        _loaded.Use(file);
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

    private int FromPerfMap(NewFrame frame, ulong back)
    {
        // A forked child runs the code that its parent compiled, and the parent's map names it.
        int owner = (int)(frame.Module!.Instance & ModuleRow.PidMask), pid = frame.Process.Pid;
        ulong address = frame.Address - back;
        if (!(PerfMapOf(owner, frame.Process.Uid) is { } map && map.TryFind(address, out ulong start, out ulong size, out var name))
            && !(pid != owner && PerfMapOf(pid, frame.Process.Uid) is { } own && own.TryFind(address, out start, out size, out name)))
            return 0;
        int written = definitions.String(name);
        return definitions.Symbol(MethodText.TryRead(name, out string method)
            ? new SymbolRow(frame.Row.Module, start, size, definitions.String(method), SymbolSource.PerfMap, written)
            : new SymbolRow(frame.Row.Module, start, size, written, SymbolSource.PerfMap));
    }

    private PerfMap? PerfMapOf(int pid, uint? lastUid)
    {
        if (_perfMaps.TryGetValue(pid, out PerfMap? map))
            return map;
        // Read again for each block that has new code: the map grows as the process compiles.
        byte[]? text = code.ReadPerfMap(pid, lastUid, out string? refused);
        if (text is not null)
        {
            map = new PerfMap();
            map.Append(text);
        }

        _perfMaps.Add(pid, map);
        if (refused is not null)
            notices.Say(refused);
        else if (map is null)
            notices.Say($"process {pid}", "it runs code without a file and has no perf map (/tmp/perf-PID.map): its frames there stay unnamed");
        return map;
    }
}
