using System.Buffers;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Folds a segment into a <see cref="FlameTree"/>: counts pairs of ids over all hits first, and looks at names and frames
/// only once for each distinct pair.
/// </summary>
public sealed class TraceFolder
{
    private readonly TraceReader _trace;
    private readonly TraceDefinitions _definitions;
    private readonly FlameTree _tree;
    private readonly FrameNames _names;
    private readonly FrameSymbols _symbols;
    private readonly FrameName?[] _userNames;
    private readonly FrameName?[] _kernelNames;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Dictionary<int, int> _contextNodes = [];
    private readonly int[] _path = new int[TraceLimits.StackDepth];

    public TraceFolder(TraceReader trace, FlameTree tree)
    {
        _trace = trace;
        _definitions = trace.Definitions;
        _tree = tree;
        _names = new FrameNames(tree.Names);
        _symbols = new FrameSymbols(trace.Definitions);
        _userNames = new FrameName?[trace.Definitions[TableId.Frames].Count];
        _kernelNames = new FrameName?[_userNames.Length];
    }

    /// <summary>Folds every hit that can be read; returns how many.</summary>
    public long Fold()
    {
        var pairs = new PairCounts();
        using var block = new HitBlockReader();
        long hits = 0;
        foreach (HitBlockPlace place in _trace.HitBlocks)
        {
            if (!_trace.TryReadHits(place, block, withTimes: false))
                continue;
            Count(block, pairs);
            hits += block.Count;
        }

        foreach ((int context, int stack, long count) in pairs.All())
            _tree.Add(Node(context, stack), count);
        return hits;
    }

    private static void Count(HitBlockReader block, PairCounts pairs)
    {
        int hit = 0;
        foreach (ContextRun run in block.Contexts)
        {
            int end = hit + run.Count;
            while (hit < end)
            {
                // Hits in a row of one stack are common: one count for all of them.
                int place = block.StackPlace(hit);
                int from = hit++;
                while (hit < end && block.StackPlace(hit) == place)
                    hit++;
                pairs.Add(run.Context, block.StackIds[place], hit - from);
            }
        }
    }

    private int Node(int context, int stack)
    {
        int node = ContextNode(context);
        StackRow row = _definitions.Stack(stack);
        node = Append(node, row.User, isKernel: false);
        return Append(node, row.Kernel, isKernel: true);
    }

    private int Append(int node, int leaf, bool isKernel)
    {
        int count = _definitions.Frames(leaf, _path);
        for (int i = count - 1; i >= 0; i--)
        {
            FrameName name = NameOf(_path[i], isKernel);
            node = _tree.Child(node, name.Name, name.Kind);
        }

        return node;
    }

    private FrameName NameOf(int frame, bool isKernel)
    {
        // By half: nothing in the format keeps a frame from standing in both, and each half shows names its own way.
        FrameName?[] known = isKernel ? _kernelNames : _userNames;
        if ((uint)frame >= (uint)known.Length)
            frame = 0;
        return known[frame] ??= isKernel ? KernelName(frame) : UserName(frame);
    }

    // A name can hold what means something in the report's text (blanks at its ends, brackets), so it goes the report's
    // way here, too: a trace and the report printed from it must give the same graph. Once for each distinct frame.
    private FrameName UserName(int frame)
    {
        _line.ResetWrittenCount();
        ReportWriter.UserFrame(_line, 0, _symbols.Name(frame));
        return TryReadLine(out ReportFrame read) ? _names.User(read.Name) : _names.User(_symbols.Name(frame));
    }

    private FrameName KernelName(int frame)
    {
        _line.ResetWrittenCount();
        ReportWriter.KernelFrame(_line, 0, _symbols.Name(frame), _symbols.KernelModule(frame));
        return TryReadLine(out ReportFrame read)
            ? _names.Kernel(read.Name, read.Module) : _names.Kernel(_symbols.Name(frame), _symbols.KernelModule(frame));
    }

    private bool TryReadLine(out ReportFrame frame) => ReportFrame.TryParse(_line.WrittenSpan[..^1], out frame, out _);

    private int ContextNode(int context)
    {
        if (_contextNodes.TryGetValue(context, out int node))
            return node;
        ContextRow row = _definitions.Context(context);
        FrameName cgroup = _names.Cgroup(CgroupName.Of(_definitions.String(_definitions.Cgroup(row.Cgroup).Path)));
        node = _tree.Child(FlameTree.Root, cgroup.Name, cgroup.Kind);
        Span<int> chain = new int[TraceLimits.ChainDepth];
        int length = 0;
        for (int process = row.Process; process != 0 && length < chain.Length; process = _definitions.Process(process).Parent)
            chain[length++] = process;
        while (--length >= 0)
        {
            FrameName name = _names.Process(_definitions.String(_definitions.Process(chain[length]).Comm));
            node = _tree.Child(node, name.Name, name.Kind);
        }

        FrameName thread = _names.Thread(_definitions.String(row.Comm));
        node = _tree.Child(node, thread.Name, thread.Kind);
        _contextNodes.Add(context, node);
        return node;
    }
}
