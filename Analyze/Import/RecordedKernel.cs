using Diagnose.Formats.Kernel;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Report;
using Diagnose.Formats.Symbols;

namespace Diagnose.Analyze.Import;

/// <summary>
/// The kernel of a recording: where it and its modules lay, as records say, and its symbols: from the list that was given,
/// from the running kernel where that is the same one, or from the copy that perf keeps.
/// </summary>
internal sealed class RecordedKernel(
    ImportOptions options, RecordedBuildIds buildIds, Func<bool> mayBeOwn) : IKernelSource, IKernelMappings
{
    private const string Kallsyms = "/proc/kallsyms";
    private const int MostModules = 1 << 16;

    /// <summary>Times that symbols are read anew: a machine loads a module now and then, a made-up file one before each hit.</summary>
    private const int MostSettled = 64;
    private const string HiddenSymbols = "the kernel's symbols are hidden (kernel.kptr_restrict, or CAP_SYSLOG is missing): kernel frames stay unnamed";
    private const string NoSymbols = "the recorded kernel is not the running one, and perf keeps no symbols of it here: kernel frames "
        + "stay unnamed (import --kallsyms takes a copy of its /proc/kallsyms)";

    private readonly Dictionary<string, (ulong Start, ulong Length, byte[] Name, byte[] BuildId)> _modules = [];
    private readonly Lock _reading = new();
    private (ulong Text, byte[] TextSymbol, byte[] BuildId, KernelModules Modules)? _settled;
    private KernelSymbols? _symbols;
    private byte[] _buildId = [];
    private byte[] _textSymbol = [];
    private ulong _text;

    /// <summary>True when something was learnt since <see cref="Settle"/>.</summary>
    public bool IsNews { get; private set; } = true;

    private int _timesSettled;

    /// <summary>Why there are no symbols, once they were read; null when there are some.</summary>
    public string? Problem { get; private set; }

    public void Map(ulong start, ulong length, ulong offset, ReadOnlySpan<byte> name, ReadOnlySpan<byte> buildId)
    {
        if (name.StartsWith("[guest"u8))
            return;
        if (name.StartsWith("[kernel"u8))
        {
            _textSymbol = name[(name.IndexOf((byte)']') + 1)..].ToArray();
            // Without the symbol's address there is only the start, which is that of _text or, on some machines, before it.
            _text = offset != 0 ? offset : start;
            _buildId = buildId.ToArray();
        }
        else if (ModuleName(name) is { Length: > 0 } module && _modules.Count < MostModules)
        {
            _modules[module] = (start, length, name.ToArray(), buildId.ToArray());
        }

        IsNews = _timesSettled < MostSettled;
    }

    public KernelModules ReadModules() =>
        KernelModules.Of(_modules.Select(module => new KernelModule(module.Key, module.Value.Start, module.Value.Length, IsLive: true)));

    public ulong ReadTextBase() => _text;

    public byte[] ReadBuildId(string? module)
    {
        if (module is null)
            return _buildId.Length > 0 ? _buildId : buildIds.Of("[kernel.kallsyms]"u8);
        if (!_modules.TryGetValue(module, out (ulong, ulong, byte[] Name, byte[] BuildId) known))
            return [];
        return known.BuildId.Length > 0 ? known.BuildId : buildIds.Of(known.Name);
    }

    /// <summary>Nothing before <see cref="Settle"/>: until the first hit records may still tell of the kernel. For any thread.</summary>
    public KernelSymbols ReadSymbols()
    {
        lock (_reading)
            return _symbols ??= Find();
    }

    /// <summary>What was learnt is all for now: symbols are those of this kernel.</summary>
    public void Settle()
    {
        lock (_reading)
        {
            _settled = (_text, _textSymbol, ReadBuildId(null), ReadModules());
            _symbols = null;
        }

        _timesSettled++;
        IsNews = false;
    }

    private KernelSymbols Find()
    {
        if (_settled is null)
            return new KernelSymbolsBuilder().Build();
        byte[] buildId = _settled.Value.BuildId;
        Problem = null;
        if (options.Kallsyms is { } given)
            return Read(Open(given), $"{given} cannot be read, or has no symbols: kernel frames stay unnamed");
        bool isRunning = buildId.Length == 0 ? mayBeOwn() : OwnMachine.KernelBuildId().AsSpan().SequenceEqual(buildId);
        if (isRunning && Read(Open(Kallsyms), HiddenSymbols) is { Count: > 0 } own)
            return own;
        FileStream? kept = BuildIdCache.Kept(buildId, "kallsyms", out _) is { } file
            ? new FileStream(file, FileAccess.Read, bufferSize: 0) : null;
        return Read(kept, isRunning ? HiddenSymbols : NoSymbols);
    }

    private KernelSymbols Read(FileStream? list, string problem)
    {
        try
        {
            KernelSymbols symbols = list is null ? new KernelSymbolsBuilder().Build() : Read(list);
            Problem = symbols.Count == 0 ? problem : null;
            return symbols;
        }
        catch (IOException)
        {
            Problem = problem;
            return new KernelSymbolsBuilder().Build();
        }
    }

    private KernelSymbols Read(FileStream list)
    {
        (ulong text, byte[] textSymbol, _, KernelModules modules) = _settled!.Value;
        using (list)
        {
            byte[] head = new byte[1 << 16];
            int length = list.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            ulong shift = 0;
            while (text != 0 && !TryFindShift(head.AsSpan(0, length), text, textSymbol, out shift) && length < 4 << 20)
            {
                // The symbol stands near the start, behind those of the processors' own data.
                Array.Resize(ref head, head.Length * 2);
                int more = list.ReadAtLeast(head.AsSpan(length), head.Length - length, throwOnEndOfStream: false);
                if (more == 0)
                    break;
                length += more;
            }

            var builder = new KernelSymbolsBuilder { Shift = shift, Modules = modules };
            builder.Append(head.AsSpan(0, length));
            for (int read; (read = list.Read(head)) > 0;)
                builder.Append(head.AsSpan(0, read));
            return builder.Build();
        }
    }

    /// <summary>How far the recorded kernel lay behind where the list has it: kernels start at random places.</summary>
    private static bool TryFindShift(ReadOnlySpan<byte> head, ulong text, byte[] textSymbol, out ulong shift)
    {
        shift = 0;
        ReadOnlySpan<byte> line = [(byte)' ', .. textSymbol.Length == 0 ? "_text"u8 : textSymbol, (byte)'\n'];
        int at = head.IndexOf(line);
        int start = at < 0 ? -1 : head[..at].LastIndexOf((byte)'\n') + 1;
        if (start < 0 || !System.Buffers.Text.Utf8Parser.TryParse(head[start..at], out ulong address, out _, 'x') || address == 0)
            return false;
        shift = text - address;
        return true;
    }

    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary><c>[name]</c>, or <c>/lib/modules/…/name.ko.xz</c>, as /proc/modules has it.</summary>
    internal static string ModuleName(ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'[', .. var inside, (byte)']'])
            return PrintableText.Of(inside);
        name = name[(name.LastIndexOf((byte)'/') + 1)..];
        int end = name.IndexOf(".ko"u8);
        // The file's name may have dashes where the module's has underscores.
        return end <= 0 ? "" : PrintableText.Of(name[..end]).Replace('-', '_');
    }
}
