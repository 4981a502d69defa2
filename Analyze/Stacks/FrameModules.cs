using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>Whose code a user frame is. The report's text does not tell it, so a graph drawn from that is without.</summary>
internal sealed class FrameModules(TraceDefinitions definitions, FrameSymbols symbols, NameTable names)
{
    private const int NotYet = int.MinValue;

    private readonly int[] _known = Unasked(definitions[TableId.Modules].Count);
    private byte[] _room = new byte[256];

    /// <summary>The number of the module's path in the table of names; less than 0 where the frame is in none that has one.</summary>
    public int Of(int frame)
    {
        int module = definitions.Frame(frame).Module;
        if ((uint)module >= (uint)_known.Length)
            return NodeOrigin.None;
        if (_known[module] == NotYet)
            _known[module] = Number(definitions.Module(module));
        return _known[module];
    }

    /// <summary>Whether a runtime made the code while the program ran, or told its name.</summary>
    public bool IsManaged(int frame) =>
        symbols.Source(frame) is SymbolSource.PerfMap or SymbolSource.ReadyToRun
        || definitions.Module(definitions.Frame(frame).Module).Kind == ModuleKind.Anonymous;

    private int Number(ModuleRow module)
    {
        ReadOnlySpan<byte> path = module.Kind switch
        {
            ModuleKind.File => definitions.String(module.Path),
            ModuleKind.Vdso => "[vdso]"u8,
            _ => default,
        };
        if (path.IsEmpty)
            return NodeOrigin.None;
        if (_room.Length < PrintableName.MaxLength(path.Length))
            _room = new byte[PrintableName.MaxLength(path.Length)];
        return names.Intern(_room.AsSpan(0, PrintableName.Write(path, _room)));
    }

    private static int[] Unasked(int count)
    {
        int[] known = new int[count];
        Array.Fill(known, NotYet);
        return known;
    }
}
