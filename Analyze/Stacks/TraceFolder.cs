using System.Buffers;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Folds a segment into a <see cref="FlameTree"/>: counts pairs of ids over all hits first, and looks at names and frames
/// only once for each distinct pair.
/// </summary>
public sealed partial class TraceFolder
{
    /// <summary>More would take memory for each and hardly be faster: a file comes from one disk.</summary>
    private const int MostWorkers = 16;

    /// <summary>Blocks below which starting a thread takes longer than it saves.</summary>
    private const int BlocksPerWorker = 4;

    private readonly TraceReader _trace;
    private readonly TraceDefinitions _definitions;
    private readonly FlameTree _tree;
    private readonly FrameNames _names;
    private readonly FrameSymbols _symbols;
    private readonly FrameModules _modules;
    private readonly FrameName?[] _userNames;
    private readonly FrameName?[] _kernelNames;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Dictionary<int, int> _contextNodes = [];
    private readonly KnownPaths _paths = new();
    private readonly int[] _path = new int[TraceLimits.StackDepth];
    private readonly bool[]? _wanted;
    private readonly EventHits? _events;

    /// <param name="wanted">Which events count, by id; null for all.</param>
    /// <param name="events">Told how many hits of each there were.</param>
    public TraceFolder(TraceReader trace, FlameTree tree, bool[]? wanted = null, EventHits? events = null)
    {
        _wanted = wanted;
        _events = events;
        _trace = trace;
        _definitions = trace.Definitions;
        _tree = tree;
        _names = new FrameNames(tree.Names);
        _symbols = new FrameSymbols(trace.Definitions);
        _modules = new FrameModules(trace.Definitions, _symbols, tree.Names);
        _userNames = new FrameName?[trace.Definitions[TableId.Frames].Count];
        _kernelNames = new FrameName?[_userNames.Length];
    }

    /// <summary>Folds every hit that can be read; returns how many.</summary>
    /// <param name="workers">Threads that decode and count; 0 for as many as there are processors. The result is the same.</param>
    public long Fold(int workers = 0)
    {
        HitCounter[] counters = CountHits(workers == 0 ? Math.Min(Environment.ProcessorCount, MostWorkers) : workers);
        PairCounts pairs = counters[0].Pairs;
        foreach (HitCounter other in counters.AsSpan(1))
            pairs.Add(other.Pairs);
        foreach ((int context, int stack, long count) in pairs.All())
            _tree.Add(Node(context, stack), count);
        foreach (HitCounter counter in counters)
            _events?.Add(_definitions, counter.Events);
        return counters.Sum(counter => counter.Hits);
    }

    /// <summary>Each worker takes the next block that none has taken yet, and counts for itself.</summary>
    private HitCounter[] CountHits(int workers)
    {
        var places = new PlacesInGraph(_definitions);
        var counters = new HitCounter[Math.Clamp((_trace.HitBlocks.Count + BlocksPerWorker - 1) / BlocksPerWorker, 1, workers)];
        int next = -1;
        for (int i = 0; i < counters.Length; i++)
            counters[i] = new HitCounter(places, _wanted);
        Thread[] threads = [.. counters.Skip(1).Select(counter => new Thread(() => Work(counter)))];
        foreach (Thread thread in threads)
            thread.Start();
        Work(counters[0]);
        foreach (Thread thread in threads)
            thread.Join();
        return counters;

        void Work(HitCounter counter)
        {
            using var block = new HitBlockReader();
            for (int i; (i = Interlocked.Increment(ref next)) < _trace.HitBlocks.Count;)
            {
                if (_trace.TryReadHits(_trace.HitBlocks[i], block, withTimes: false))
                    counter.Add(block);
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

    private int Append(int under, int leaf, bool isKernel)
    {
        int count = 0, node = under, depth = 0, at = leaf;
        while (at != 0 && count < _path.Length && !_paths.TryFind(under, at, isKernel, out node, out depth))
        {
            _path[count++] = at;
            at = _definitions.Node(at).Parent;
            (node, depth) = (under, 0);
        }

        // Of a stack that is deeper than any is printed the frames nearest to the leaf are shown, as in the report.
        if (depth + count > _path.Length || (at != 0 && depth == 0))
            return AppendDeep(under, leaf, isKernel);
        while (--count >= 0)
        {
            node = Child(node, _definitions.Node(_path[count]).Frame, isKernel);
            _paths.Add(under, _path[count], isKernel, node, ++depth);
        }

        return node;
    }

    private int AppendDeep(int node, int leaf, bool isKernel)
    {
        int count = _definitions.Frames(leaf, _path);
        for (int i = count - 1; i >= 0; i--)
            node = Child(node, _path[i], isKernel);
        return node;
    }

    private int Child(int under, int frame, bool isKernel)
    {
        FrameName name = NameOf(frame, isKernel);
        int node = _tree.Child(under, name.Name, name.Kind);
        if (!isKernel)
            _tree.Tell(node, _modules.Of(frame), _modules.IsManaged(frame));
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
