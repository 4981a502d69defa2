using System.IO.Hashing;
using System.Runtime.InteropServices;
using Diagnose.Formats.DotNet;
using Diagnose.Formats.PerfScript;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Import;

/// <summary>
/// Turns the frame lines of hits into stack ids. Lines that were seen before as a whole cost one hash of their bytes; a
/// single line that was seen before is one look-up; only a new one is taken apart.
/// </summary>
internal sealed class PerfScriptStacks(DefinitionWriter definitions, PerfScriptReader reader)
{
    /// <summary>Longest line that is a frame, bytes; also the report's bound.</summary>
    private const int MaxLineLength = 64 << 10;

    /// <summary>What a line says, and the frames that it became.</summary>
    private struct Line
    {
        public bool IsFrame;
        public bool IsKernel;
        public bool IsUnknown;
        public ulong Address;
        public ulong Start;
        public int Name;
        public int Detail;
        public ModuleRow Module;
        public int Leaf;
        public int Caller;
    }

    // What the text says decides which slots are taken: with a seed of our own nobody can choose texts that collide.
    private readonly long _seed = Random.Shared.NextInt64(long.MinValue, long.MaxValue);
    private readonly ChainCache _cache = new();
    private readonly List<Line> _lines = [];
    private readonly Dictionary<FrameRow, uint> _uses = [];
    private readonly int[] _chain = new int[PerfScriptReader.MaxFrames];
    private ByteInterner _texts = new();

    /// <summary>About how much memory remembering takes.</summary>
    public long Bytes => _texts.Bytes + 96L * _lines.Count + 48L * _uses.Count;

    public void BeginSegment()
    {
        _cache.Clear();
        _lines.Clear();
        _uses.Clear();
        _texts = new ByteInterner();
    }

    /// <summary>The id of the hit's stack.</summary>
    public int Of(in PerfScriptHit hit)
    {
        UInt128 key = XxHash128.HashToUInt128(hit.Body, _seed);
        int stack = _cache.Find(key);
        if (stack == 0)
        {
            stack = Walk(hit, out bool isWhole);
            // What is broken is looked at each time, so that all of it is counted.
            if (isWhole)
                _cache.Add(key, stack);
        }

        return stack;
    }

    private int Walk(in PerfScriptHit hit, out bool isWhole)
    {
        isWhole = true;
        int count = 0;
        var flags = StackFlags.None;
        PerfScriptFrameLines lines = hit.Lines;
        while (lines.TryRead(out ReadOnlySpan<byte> text, out int position))
        {
            if (count == _chain.Length)
            {
                reader.Skip(hit, position, SkipReason.TooManyFrames);
                flags = StackFlags.UserTruncated;
                isWhole = false;
                break;
            }

            int line = text.Length <= MaxLineLength ? LineOf(text, hit.IsOneLine) : -1;
            if (line >= 0)
            {
                _chain[count++] = line;
                continue;
            }

            reader.Skip(hit, position, SkipReason.BrokenFrame);
            isWhole = false;
        }

        return Intern(_chain.AsSpan(0, count), flags);
    }

    private int Intern(ReadOnlySpan<int> chain, StackFlags flags)
    {
        Span<Line> known = CollectionsMarshal.AsSpan(_lines);
        int kernel = 0;
        while (kernel < chain.Length && known[chain[kernel]].IsKernel)
            kernel++;
        if (flags != StackFlags.None && kernel == chain.Length)
            flags = StackFlags.KernelTruncated;
        int end = Math.Min(kernel + 1, chain.Length);
        // Threads start with a return address of 0: it ends the chain and is no frame.
        while (end < chain.Length && !(known[chain[end]] is { IsUnknown: true, Address: 0 }))
            end++;
        int kernelNode = Nodes(chain[..kernel]);
        return definitions.Stack(new StackRow(kernelNode, Nodes(chain[kernel..end]), flags));
    }

    private int Nodes(ReadOnlySpan<int> half)
    {
        int node = 0;
        Span<Line> known = CollectionsMarshal.AsSpan(_lines);
        for (int i = half.Length - 1; i >= 0; i--)
        {
            ref Line line = ref known[half[i]];
            // Functions put into the interrupted one have its address and were not called.
            bool isCaller = line.Address != known[half[0]].Address;
            ref int frame = ref isCaller ? ref line.Caller : ref line.Leaf;
            if (frame == 0)
                frame = Define(line, isCaller ? FrameFlags.ReturnAddress : FrameFlags.None);
            node = definitions.Node(new NodeRow(node, frame));
        }

        return node;
    }

    private int Define(in Line line, FrameFlags flags)
    {
        int module = line.IsUnknown ? 0 : definitions.Module(line.Module);
        var row = new FrameRow(module, line.Address, flags);
        ref uint uses = ref CollectionsMarshal.GetValueRefOrAddDefault(_uses, row, out _);
        if (uses > 0)
        {
            // One place with several names: functions put into each other, pieces of code at one address in two
            // processes, frames without addresses. Each is a frame of another instance of the module.
            uint pid = line.Module.Kind == ModuleKind.Anonymous ? line.Module.Instance : 0;
            uint instance = pid != 0 ? pid + uses * (ModuleRow.PidMask + 1) : uses;
            module = definitions.Module(line.Module with { Instance = instance });
            row = row with { Module = module };
        }

        uses++;
        int frame = definitions.Frame(row);
        int symbol = line.Name == 0 ? 0 : definitions.Symbol(new SymbolRow(module, line.Start, 0, line.Name,
            line.Module.Kind == ModuleKind.Anonymous ? SymbolSource.PerfMap : SymbolSource.None, line.Detail));
        definitions.FrameSymbol(frame, symbol);
        return frame;
    }

    /// <summary>The number of a line in <see cref="_lines"/>, or -1 where it is no frame.</summary>
    private int LineOf(ReadOnlySpan<byte> text, bool isRaw)
    {
        int number = _texts.Intern(text, out bool isNew) - 1;
        if (isNew)
            _lines.Add(PerfScriptFrame.TryParse(text, out PerfScriptFrame frame) ? Read(frame, isRaw) : default);
        return _lines[number].IsFrame ? number : -1;
    }

    private Line Read(in PerfScriptFrame frame, bool isRaw)
    {
        PerfScriptDso dso = PerfScriptDso.Of(frame, isRaw);
        ReadOnlySpan<byte> path = dso.Path.IsEmpty ? "[unknown]"u8 : dso.Path;
        string method = "";
        bool isManaged = dso.Kind == ModuleKind.Anonymous && MethodText.TryRead(frame.Name, out method);
        return new Line
        {
            IsFrame = true,
            IsKernel = dso.IsKernel,
            IsUnknown = dso.Path.IsEmpty && frame.Name.IsEmpty,
            Address = frame.Address,
            Start = frame.Offset is { } offset && offset <= frame.Address ? frame.Address - offset : 0,
            Name = isManaged ? definitions.String(method) : definitions.String(frame.Name),
            Detail = isManaged ? definitions.String(frame.Name) : 0,
            Module = new ModuleRow(dso.Kind, definitions.String(path), 0, 0, 0, dso.Pid),
        };
    }
}
