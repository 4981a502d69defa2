using System.Text;
using Diagnose.Formats.Kernel;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Symbols;

/// <summary>What the recorder reads about the running kernel.</summary>
internal interface IKernelSource
{
    /// <summary>The modules of /proc/modules; none where there are none or it cannot be read.</summary>
    KernelModules ReadModules();

    /// <summary>Address of <c>_text</c> (or <c>_stext</c>), 0 where it is hidden.</summary>
    ulong ReadTextBase();

    /// <summary>Build ID of the kernel, or of a module by name; empty where there is none.</summary>
    byte[] ReadBuildId(string? module);

    /// <summary>All of /proc/kallsyms: slow, some 50 ms.</summary>
    KernelSymbols ReadSymbols();
}

/// <summary>
/// The kernel and its modules as modules of the trace, and their symbols. The symbols are read beside the recording from
/// its start, since the kernel takes long to print them.
/// </summary>
internal sealed class KernelImage
{
    /// <summary>x86-64 lays the kernel image into 1 GiB at most; what is further from its start is not in it.</summary>
    private const ulong ImageSpan = 1UL << 30;

    private const long RereadMs = 1000;

    private readonly DefinitionWriter _definitions;
    private readonly IKernelSource _source;
    private ulong _textBase;
    private readonly Dictionary<(string Name, ulong Base), int> _moduleIds = [];
    private readonly Dictionary<int, (string Name, ulong Base)> _modulePlaces = [];
    private readonly Dictionary<ulong, (ulong End, byte[] Name)> _late = [];
    private KernelModules _modules;
    private Task<KernelSymbols> _symbols;
    private int _kernelId;
    private long _rereadAt = Environment.TickCount64;
    private long _symbolsAt = Environment.TickCount64;

    public KernelImage(DefinitionWriter definitions, IKernelSource source)
    {
        _definitions = definitions;
        _source = source;
        _textBase = source.ReadTextBase();
        _modules = source.ReadModules();
        _symbols = Task.Run(source.ReadSymbols);
    }

    /// <summary>True when the kernel shows addresses as 0 (<c>kernel.kptr_restrict</c>, CAP_SYSLOG).</summary>
    public bool AddressesHidden => _symbols.GetAwaiter().GetResult().AddressesHidden;

    /// <summary>The module of the trace that a kernel address lies in, and what its offsets count from.</summary>
    public (int Module, ulong Base) ModuleOf(ulong address)
    {
        if (_modules.TryFind(address, out KernelModule module))
            return (Define(module.Name, module.Address, module.Size), module.Address);
        if (address - _textBase >= ImageSpan && Environment.TickCount64 - _rereadAt > RereadMs)
        {
            // Perhaps a module that was loaded meanwhile.
            _rereadAt = Environment.TickCount64;
            _modules = _source.ReadModules();
            if (_modules.TryFind(address, out module))
                return (Define(module.Name, module.Address, module.Size), module.Address);
        }

        // Generated code (BPF, trampolines, probe slots) belongs to no module; its addresses stay exact all the same.
        return (DefineKernel(), _textBase);
    }

    /// <summary>A new segment of the trace, which has no modules yet.</summary>
    public void BeginSegment()
    {
        _kernelId = 0;
        _moduleIds.Clear();
        _modulePlaces.Clear();
    }

    /// <summary>
    /// Looks whether modules came or went, which the kernel sends no record of. True when some did: addresses of the old
    /// ones may hold other code by now.
    /// </summary>
    public bool Refresh()
    {
        KernelModules modules = _source.ReadModules();
        bool isSame = modules.Count == _modules.Count;
        for (int i = 0; isSame && i < modules.Count; i++)
            isSame = modules[i].Name == _modules[i].Name && modules[i].Address == _modules[i].Address;
        if (isSame)
            return false;
        _modules = modules;
        _symbolsAt = Environment.TickCount64;
        _symbols = Task.Run(_source.ReadSymbols);
        return true;
    }

    /// <summary>The source tells of another kernel than before: recorded records say what they were made on only as they come.</summary>
    public void Reload()
    {
        _textBase = _source.ReadTextBase();
        _modules = _source.ReadModules();
        _symbolsAt = _rereadAt = Environment.TickCount64;
        _symbols = Task.Run(_source.ReadSymbols);
        BeginSegment();
    }

    /// <summary>A ksymbol record: code that the kernel generated after its symbols were read.</summary>
    public void Register(ulong address, uint length, ReadOnlySpan<byte> name, bool isGone)
    {
        if (isGone)
            _late.Remove(address);
        else if (_late.Count < 1 << 16)
            _late[address] = (address + length, name.ToArray());
    }

    /// <summary>The symbol of a kernel frame as a row of the trace, 0 when none covers it. Waits for the symbols.</summary>
    public int SymbolOf(ulong address, FrameRow frame)
    {
        ulong moduleBase = address - frame.Offset;
        if (frame.Flags.HasFlag(FrameFlags.ReturnAddress))
            address--;
        if (TryFindSymbol(address, out KernelSymbol symbol))
        {
            int module = frame.Module;
            // The module that was hit is gone, and another one lies there now: it must not lend its names.
            if (_modulePlaces.TryGetValue(module, out (string Name, ulong Base) place) && place.Base != 0
                && !(_modules.TryFind(place.Base, out KernelModule now) && now.Name == place.Name))
                return 0;
            // Generated code has a module's name in kallsyms ([bpf], [__builtin__ftrace]) but is no module; and since
            // Linux 6.4 the sizes in /proc/modules no longer bound a module's code, so the symbol's word counts.
            string name = Encoding.UTF8.GetString(symbol.Module);
            if (name.Length > 0 && !(_modules.TryFind(address, out KernelModule holder) && holder.Name == name))
                (module, moduleBase) = (Define(name, 0, 0), 0);
            return _definitions.Symbol(new SymbolRow(module, symbol.Start - moduleBase, symbol.End - symbol.Start,
                _definitions.String(symbol.Name), SymbolSource.Kallsyms));
        }

        foreach ((ulong start, (ulong end, byte[] name)) in _late)
        {
            if (address >= start && address < end)
                return _definitions.Symbol(new SymbolRow(frame.Module, start - moduleBase, end - start,
                    _definitions.String(name), SymbolSource.Kallsyms));
        }

        return 0;
    }

    private bool TryFindSymbol(ulong address, out KernelSymbol symbol)
    {
        KernelSymbols symbols = _symbols.GetAwaiter().GetResult();
        if (symbols.TryFind(address, out symbol))
            return true;
        if (symbols.AddressesHidden || Environment.TickCount64 - _symbolsAt <= RereadMs)
            return false;
        // Perhaps a module that was loaded meanwhile.
        _symbolsAt = Environment.TickCount64;
        symbols = _source.ReadSymbols();
        _symbols = Task.FromResult(symbols);
        return symbols.TryFind(address, out symbol);
    }

    private int DefineKernel()
    {
        if (_kernelId == 0)
        {
            _kernelId = _definitions.Module(new ModuleRow(ModuleKind.Kernel, _definitions.String("[kernel.kallsyms]"),
                _definitions.String(_source.ReadBuildId(null)), _textBase, 0, 0));
        }

        return _kernelId;
    }

    private int Define(string name, ulong address, ulong size)
    {
        if (!_moduleIds.TryGetValue((name, address), out int id))
        {
            id = _definitions.Module(new ModuleRow(ModuleKind.KernelModule, _definitions.String(name),
                _definitions.String(address == 0 ? [] : _source.ReadBuildId(name)), address, size, 0));
            _moduleIds.Add((name, address), id);
            _modulePlaces[id] = (name, address);
        }

        return id;
    }
}
