using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>Finds the files behind mappings while their processes live.</summary>
internal interface IModuleFiles
{
    /// <summary>
    /// Opens the file behind a mapping of <paramref name="pid"/>. A build ID that is known must be the file's own; null
    /// where the file cannot be reached or is another one by now.
    /// </summary>
    ModuleFile? Open(int pid, ulong start, ulong end, ReadOnlySpan<byte> path, ReadOnlySpan<byte> buildId);

    /// <summary>The build ID of the file at a path, where that is known without its mapping saying so; otherwise empty.</summary>
    byte[] BuildIdOf(ReadOnlySpan<byte> path) => [];

    /// <summary>True where a file is there as long as its process: it is opened when it is mapped, and not only when hit.</summary>
    bool MayVanish => true;
}

/// <summary>
/// The images that processes map: one <see cref="CodeModule"/> for each distinct file, however many processes map it and
/// wherever.
/// </summary>
/// <param name="mostFiles">Files held open at once; the ones used last.</param>
internal sealed class ModuleTable(DefinitionWriter definitions, IModuleFiles files, int mostFiles = 1024) : IDisposable
{
    /// <summary>A process can be gone before its file is opened; the next one that maps the file gives another chance.</summary>
    private const int MaxAttempts = 16;

    private const uint MostInstances = 8;

    /// <summary>Distinct images before the table starts anew; mappings keep the ones they lie in.</summary>
    private const int MostModules = 1 << 14;

    private readonly OpenFiles _open = new(mostFiles);
    private ByteInterner _keys = new();
    private readonly List<CodeModule> _modules = [];
    private readonly Dictionary<int, uint> _anonymous = [];
    private byte[] _key = new byte[256];

    /// <summary>An executable mapping that a record or a line of /proc/PID/maps tells of.</summary>
    public void Map(TracedProcess process, ulong time, ulong start, ulong length, ulong offset, ReadOnlySpan<byte> path,
        ReadOnlySpan<byte> buildId, ulong device, ulong inode)
    {
        ulong end = start + length;
        if (length == 0 || end < start)
            return;
        AddressSpace space = process.Space;
        ModuleKind kind = KindOf(path);
        // Records say that memory has no name any more where /proc does not: it is the same memory.
        if (kind == ModuleKind.Anonymous && path.EndsWith(" (deleted)"u8))
            path = path[..^" (deleted)".Length];
        if (buildId.IsEmpty)
            buildId = files.BuildIdOf(path);
        CodeModule module = Module(kind, path, buildId, device, inode,
            kind == ModuleKind.Anonymous ? AnonymousInstance(space)
            : kind == ModuleKind.Vdso && end <= 1UL << 32 ? CodeModule.CompatVdso : 0);
        if (kind == ModuleKind.File && space.Maps.MapsElsewhere(module, start, end, offset))
            module = Module(kind, path, buildId, device, inode, NextInstance(space));
        if (files.MayVanish)
            OpenFile(module, process.Pid, start, end, path);
        if (kind == ModuleKind.Anonymous)
            offset = start;
        else if (kind == ModuleKind.Vdso)
            offset = 0;
        // One that is part of its program shows by the memory that it makes code in.
        space.HasDotNet |= path.EndsWith("/libcoreclr.so"u8) || path.StartsWith("/memfd:doublemapper"u8);
        space.Maps = space.Maps.With(new Mapping(space, time, start, end, offset, module));
    }

    /// <summary>Writes a mapping that was hit, its space and its module, once; returns the module's id in the trace.</summary>
    /// <param name="process">One that has the mapping and was hit in it: its file can be reached through it.</param>
    public int Publish(Mapping mapping, TracedProcess process)
    {
        OpenFile(mapping.Module, process.Pid, mapping.Start, mapping.End, mapping.Module.Path);
        int module = Define(mapping.Module);
        if (mapping.Published.In(definitions) == 0)
        {
            mapping.Address ??= mapping.Module.File?.AddressOf(mapping.Offset);
            mapping.Published.Set(definitions, definitions.Mapping(new MappingRow(Define(mapping.Owner), mapping.Time, mapping.Start,
                mapping.End - mapping.Start, mapping.Offset, mapping.Address ?? mapping.Offset, module)));
        }

        return module;
    }

    /// <summary>The file behind a mapping, opened again where it had to be closed; null where it could not be reached before.</summary>
    public ModuleFile? FileOf(Mapping mapping, TracedProcess process)
    {
        CodeModule module = mapping.Module;
        if (module.File is not null || module.Attempts == 0)
            OpenFile(module, process.Pid, mapping.Start, mapping.End, module.Path);
        return module.File;
    }

    /// <summary>The id of a space in the trace; its ancestors come first.</summary>
    public int Define(AddressSpace space)
    {
        if (space.Definition.In(definitions) is var known and not 0)
            return known;
        // As many generations as forks in a row: too many to follow by recursion.
        Stack<AddressSpace> undefined = [];
        AddressSpace? next = space;
        for (; next is not null && next.Definition.In(definitions) == 0; next = next.Parent)
            undefined.Push(next);
        int parent = next?.Definition.In(definitions) ?? 0;
        while (undefined.TryPop(out next))
            parent = next.Definition.Set(definitions, definitions.Space(new SpaceRow((uint)next.Pid, parent, next.ForkTime)));
        return parent;
    }

    public void Dispose() => _open.Dispose();

    private void OpenFile(CodeModule module, int pid, ulong start, ulong end, ReadOnlySpan<byte> path)
    {
        if (module.Kind != ModuleKind.File)
            return;
        if (module.File is null && module.Attempts++ < MaxAttempts
            && files.Open(pid, start, end, path, module.BuildId) is { } file)
        {
            module.Attempts = 0;
            module.File = file;
            if (module.BuildId.Length == 0)
                module.BuildId = file.BuildId;
        }

        if (module.File is not null)
            _open.Use(module);
    }

    /// <summary>The id of a module in the trace.</summary>
    public int Define(CodeModule module)
    {
        int id = module.Definition.In(definitions);
        return id != 0 ? id : module.Definition.Set(definitions, definitions.Module(new ModuleRow(module.Kind,
            definitions.String(module.Path), definitions.String(module.BuildId), 0, 0, module.Instance)));
    }

    /// <summary>After an exec, and when the pid is another process's, the same addresses hold other code.</summary>
    private uint AnonymousInstance(AddressSpace space)
    {
        if (space.AnonymousInstance == 0)
        {
            space.AnonymousInstance = _anonymous.TryGetValue(space.Pid, out uint last)
                ? last + ModuleRow.PidMask + 1 : (uint)space.Pid & ModuleRow.PidMask;
            _anonymous[space.Pid] = space.AnonymousInstance;
        }

        return space.AnonymousInstance;
    }

    /// <summary>Another one for the same memory, whose code is other code by now; the same again when all numbers are used up.</summary>
    private uint NextAnonymous(uint instance)
    {
        int pid = (int)(instance & ModuleRow.PidMask);
        uint last = _anonymous.GetValueOrDefault(pid, instance);
        return last > uint.MaxValue - (2 * (ModuleRow.PidMask + 1)) ? instance : _anonymous[pid] = last + ModuleRow.PidMask + 1;
    }

    /// <summary>A number that no other image of the space has, up to a bound: whoever maps a file at ever new places
    /// gets addresses that can be those of another of its mappings, and costs no more than others.</summary>
    private static uint NextInstance(AddressSpace space) =>
        space.FileInstances < MostInstances ? ++space.FileInstances : MostInstances;

    private CodeModule Module(ModuleKind kind, ReadOnlySpan<byte> path, ReadOnlySpan<byte> buildId, ulong device,
        ulong inode, uint instance)
    {
        int length = 32 + buildId.Length + path.Length;
        if (_key.Length < length)
            _key = new byte[length * 2];
        Span<byte> key = _key.AsSpan(0, length);
        BitConverter.TryWriteBytes(key, device);
        BitConverter.TryWriteBytes(key[8..], inode);
        BitConverter.TryWriteBytes(key[16..], instance);
        BitConverter.TryWriteBytes(key[20..], (int)kind);
        BitConverter.TryWriteBytes(key[24..], (long)buildId.Length);
        buildId.CopyTo(key[32..]);
        path.CopyTo(key[(32 + buildId.Length)..]);
        if (_modules.Count == MostModules)
        {
            _modules.Clear();
            _keys = new ByteInterner();
        }

        int number = _keys.Intern(key, out bool isNew);
        if (isNew)
            _modules.Add(new CodeModule(kind, path.ToArray(), buildId.ToArray(), instance) { NextInstance = NextAnonymous });
        return _modules[number - 1];
    }

    /// <summary>By the names that the kernel gives in mmap records and in /proc/PID/maps.</summary>
    private static ModuleKind KindOf(ReadOnlySpan<byte> path) =>
        path.SequenceEqual("[vdso]"u8) ? ModuleKind.Vdso
        : path.StartsWith("/"u8) && !path.StartsWith("//anon"u8) && !path.StartsWith("/memfd:"u8)
            && !path.StartsWith("/dev/zero"u8) && !path.StartsWith("/SYSV"u8) && !path.StartsWith("/anon_hugepage"u8)
            ? ModuleKind.File
        : ModuleKind.Anonymous;
}
