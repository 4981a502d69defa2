using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Hits;

/// <summary>The name of each frame as the trace has it.</summary>
public sealed class FrameSymbols
{
    private readonly TraceDefinitions _definitions;
    private readonly int[] _symbols;

    public FrameSymbols(TraceDefinitions definitions)
    {
        _definitions = definitions;
        _symbols = new int[definitions[TableId.Frames].Count];
        LoadedTable named = definitions[TableId.FrameSymbols];
        for (int id = 1; id < named.Count; id++)
        {
            int frame = named.Reference(id, 0);
            if (frame < _symbols.Length && named.Reference(id, 1) is var symbol and not 0)
                _symbols[frame] = symbol;
        }
    }

    /// <summary>The symbol that names the frame; 0 when nothing does.</summary>
    public int Symbol(int frame) => (uint)frame < (uint)_symbols.Length ? _symbols[frame] : 0;

    /// <summary>Empty when nothing names the frame.</summary>
    public ReadOnlySpan<byte> Name(int frame) =>
        Symbol(frame) is var symbol and not 0 ? _definitions.String(_definitions.Symbol(symbol).Name) : default;

    /// <summary>Where the name comes from.</summary>
    public SymbolSource Source(int frame) =>
        (uint)frame < (uint)_symbols.Length ? _definitions.Symbol(_symbols[frame]).Source : SymbolSource.None;

    /// <summary>
    /// The kernel module to show beside a kernel frame's name, empty for the kernel itself. The symbol knows best: code
    /// that the kernel generates (<c>bpf</c>) belongs to no module that has addresses.
    /// </summary>
    public ReadOnlySpan<byte> KernelModule(int frame)
    {
        int symbol = Symbol(frame);
        ModuleRow module = _definitions.Module(
            symbol != 0 ? _definitions.Symbol(symbol).Module : _definitions.Frame(frame).Module);
        return module.Kind == ModuleKind.KernelModule ? _definitions.String(module.Path) : default;
    }
}
