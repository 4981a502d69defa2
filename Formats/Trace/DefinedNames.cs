namespace Diagnose.Formats.Trace;

/// <summary>
/// Reads back what a <see cref="DefinitionWriter"/> was told to call its frames and cgroups, for a recorder that prints
/// hits while it writes them. Names come back as a reader of the trace finds them; a new segment forgets them all.
/// </summary>
public sealed class DefinedNames
{
    private readonly DefinitionWriter _definitions;

    // All by id; a row that is not there reads as 0.
    private readonly List<int> _cgroupPaths = [];
    private readonly List<int> _kernelModules = [];
    private readonly List<int> _frameModules = [];
    private readonly List<int> _frameSymbols = [];
    private readonly List<int> _symbolNames = [];
    private readonly List<int> _symbolModules = [];

    internal DefinedNames(DefinitionWriter definitions) => _definitions = definitions;

    /// <summary>A string by its id.</summary>
    public ReadOnlySpan<byte> Text(int id) => _definitions.Text(id);

    public ReadOnlySpan<byte> CgroupPath(int cgroup) => Text(At(_cgroupPaths, cgroup));

    /// <summary>Empty when nothing names the frame yet.</summary>
    public ReadOnlySpan<byte> Frame(int frame) => Text(At(_symbolNames, At(_frameSymbols, frame)));

    /// <summary>
    /// The kernel module to show beside a kernel frame's name, empty for the kernel itself. The symbol knows best: code
    /// that the kernel generates (<c>bpf</c>) belongs to no module that has addresses.
    /// </summary>
    public ReadOnlySpan<byte> KernelModule(int frame)
    {
        int symbol = At(_frameSymbols, frame);
        return Text(At(_kernelModules, symbol != 0 ? At(_symbolModules, symbol) : At(_frameModules, frame)));
    }

    internal void Module(int id, in ModuleRow row) =>
        Put(_kernelModules, id, row.Kind == ModuleKind.KernelModule ? row.Path : 0);

    internal void Cgroup(int id, in CgroupRow row) => Put(_cgroupPaths, id, row.Path);

    internal void Frame(int id, in FrameRow row) => Put(_frameModules, id, row.Module);

    internal void Symbol(int id, in SymbolRow row)
    {
        Put(_symbolNames, id, row.Name);
        Put(_symbolModules, id, row.Module);
    }

    internal void FrameSymbol(int frame, int symbol)
    {
        if (symbol != 0)
            Put(_frameSymbols, frame, symbol);
    }

    internal void Restart()
    {
        foreach (List<int> column in (List<int>[])[_cgroupPaths, _kernelModules, _frameModules, _frameSymbols, _symbolNames, _symbolModules])
            column.Clear();
    }

    private static int At(List<int> column, int id) => (uint)id < (uint)column.Count ? column[id] : 0;

    private static void Put(List<int> column, int id, int value)
    {
        while (column.Count <= id)
            column.Add(0);
        column[id] = value;
    }
}
