using Diagnose.Analyze.Stacks;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Filters;

/// <summary>
/// What <see cref="FramePatterns"/> say of each stack of a segment. Each name is matched once, and each node of the stacks looked
/// at once: what is known of a caller holds for all that it calls.
/// </summary>
internal sealed class StackMarks
{
    private readonly TraceDefinitions _definitions;
    private readonly FramePatterns _patterns;
    private readonly NameTable _names = new();
    private readonly ShownFrames _frames;
    private readonly List<FrameMarks> _byName = [];
    private readonly FrameMarks[] _kernel;
    private readonly FrameMarks[] _user;
    private readonly List<int> _path = [];

    public StackMarks(TraceDefinitions definitions, FramePatterns patterns)
    {
        _definitions = definitions;
        _patterns = patterns;
        _frames = new ShownFrames(definitions, _names);
        _kernel = new FrameMarks[definitions[TableId.Nodes].Count];
        _user = new FrameMarks[_kernel.Length];
    }

    /// <summary>For each stack whether it is wanted; the first one is an empty one.</summary>
    public bool[] WantedStacks()
    {
        bool[] wanted = new bool[_definitions[TableId.Stacks].Count];
        for (int id = 0; id < wanted.Length; id++)
        {
            StackRow row = _definitions.Stack(id);
            wanted[id] = _patterns.Wants(Of(row.Kernel, _kernel, isKernel: true) | Of(row.User, _user, isKernel: false));
        }

        return wanted;
    }

    private FrameMarks Of(int node, FrameMarks[] known, bool isKernel)
    {
        _path.Clear();
        FrameMarks marks = FrameMarks.None;
        for (; node != 0 && _path.Count < TraceLimits.StackDepth; node = _definitions.Node(node).Parent)
        {
            if ((uint)node < (uint)known.Length && known[node].HasFlag(FrameMarks.Known))
            {
                marks = known[node];
                break;
            }

            _path.Add(node);
        }

        for (int i = _path.Count - 1; i >= 0; i--)
        {
            marks |= OfName(_frames.Of(_definitions.Node(_path[i]).Frame, isKernel).Name);
            if ((uint)_path[i] < (uint)known.Length)
                known[_path[i]] = marks | FrameMarks.Known;
        }

        return marks;
    }

    private FrameMarks OfName(int name)
    {
        while (_byName.Count <= name)
            _byName.Add(FrameMarks.None);
        if (!_byName[name].HasFlag(FrameMarks.Known))
            _byName[name] = _patterns.Of(_names[name]) | FrameMarks.Known;
        return _byName[name];
    }
}
