using Diagnose.Formats.Trace;

namespace Diagnose.Bench.Generate;

/// <summary>A code image with functions one behind the other, from each of which a few places are ever seen.</summary>
internal sealed class MadeModule
{
    private const uint Spacing = 0x200, FirstFunction = 0x1000;
    private const int PlacesPerFunction = 3;

    private readonly DefinitionWriter _definitions;
    private readonly int[] _symbols;
    private readonly SymbolSource _source;
    private readonly Func<int, string> _name;
    private int _knownFrames;

    public MadeModule(
        DefinitionWriter definitions, ModuleKind kind, string path, ulong address, int functions, SymbolSource source,
        Func<int, string> name)
    {
        _definitions = definitions;
        _symbols = new int[functions];
        _source = source;
        _name = name;
        Size = FirstFunction + (ulong)functions * Spacing;
        byte[] buildId = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))[..20];
        Id = definitions.Module(new ModuleRow(
            kind, definitions.String(path), definitions.String(buildId), address, kind == ModuleKind.File ? 0 : Size, 0));
    }

    public int Id { get; }

    /// <summary>Bytes of the image.</summary>
    public ulong Size { get; }

    public int Functions => _symbols.Length;

    /// <summary>A frame in one of the module's functions, named the first time it is made.</summary>
    public int Frame(SeededNumbers numbers, FrameFlags flags)
    {
        int function = numbers.SmallBelow(_symbols.Length);
        ulong start = FirstFunction + (ulong)function * Spacing;
        ulong offset = start + 5 + (ulong)numbers.Below(PlacesPerFunction) * 0x31;
        int frame = _definitions.Frame(new FrameRow(Id, offset, flags));
        if (frame <= _knownFrames)
            return frame;
        _knownFrames = frame;
        if (_symbols[function] == 0)
        {
            _symbols[function] = _definitions.Symbol(
                new SymbolRow(Id, start, Spacing - 0x20, _definitions.String(_name(function)), _source));
        }

        _definitions.FrameSymbol(frame, _symbols[function]);
        return frame;
    }
}
