using Diagnose.Analyze.Filters;
using Diagnose.Formats.Report;

namespace Diagnose.Analyze.Stacks;

/// <summary>
/// Folds the hits of the text report into a <see cref="FlameTree"/>. A hit's path is its cgroup, the process chain
/// oldest first, the thread, the user frames and the kernel frames outermost first. Hits repeat, so a body seen before
/// is one look-up and a frame seen before is one more; names are made once.
/// </summary>
public sealed class ReportFolder
{
    // Past this many bytes the memory of bodies or lines starts afresh: it only saves time.
    private const int MaxRemembered = 64 << 20;

    /// <summary>Stands for the node of a body whose hits are not wanted.</summary>
    private const int Unwanted = -2;

    private readonly FlameTree _tree;
    private readonly FrameNames _names;
    private readonly ReportDamage _damage;
    private readonly TextFilter? _filter;
    private readonly StackRoots _roots;
    private readonly Dictionary<(int Comm, int Tid), int> _threadNodes = [];
    private readonly NameTable _comms = new();
    private readonly HitTimeline? _timeline;
    private readonly Dictionary<int, int> _cgroupNodes = [];
    private readonly NameTable _cgroups = new();

    private readonly NameTable _bodies = new();
    private readonly List<(int Root, int Node)> _bodyNodes = [];

    private readonly KnownFrames[] _known = [new(), new(), new(), new()];
    private readonly List<FrameName>[] _frames = [[], [], [], []];

    /// <summary>Starts folding.</summary>
    /// <param name="tree">Receives the stacks.</param>
    /// <param name="damage">Receives what cannot be read.</param>
    /// <param name="filter">Which hits are folded; null for all.</param>
    /// <param name="roots">What the stacks grow from: of threads and cgroups the text tells enough, of processes and CPUs it does not.</param>
    /// <param name="timeline">Receives when the hits came, where somebody wants to know.</param>
    public ReportFolder(FlameTree tree, ReportDamage damage, TextFilter? filter = null, StackRoots roots = StackRoots.Ancestry, HitTimeline? timeline = null)
    {
        if (!CanGrowFrom(roots))
            throw new ArgumentException("the text of a report does not tell that", nameof(roots));
        _roots = roots;
        _filter = filter;
        _timeline = timeline;
        _tree = tree;
        _damage = damage;
        _names = new FrameNames(tree.Names);
    }

    /// <summary>Whether the text tells what stacks are to grow from.</summary>
    public static bool CanGrowFrom(StackRoots roots) => roots is not (StackRoots.Process or StackRoots.Cpu);

    /// <summary>Told of each hit, where somebody wants to know how long they took.</summary>
    public RecordedTime? Recorded { get; init; }

    /// <summary>How many hits were folded.</summary>
    public long Hits { get; private set; }

    /// <summary>Folds a whole text from a stream, in windows of a fixed size.</summary>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public void Fold(Stream text)
    {
        var window = new byte[ReportReader.MaxHitLength * 2];
        var (length, offset, line) = (0, 0L, 1L);
        while (true)
        {
            var got = text.ReadAtLeast(window.AsSpan(length), window.Length - length, throwOnEndOfStream: false);
            length += got;
            var isLast = length < window.Length;
            var read = Fold(window.AsSpan(0, length), isLast, offset, ref line);
            if (isLast)
                return;
            window.AsSpan(read, length - read).CopyTo(window);
            length -= read;
            offset += read;
        }
    }

    /// <summary>Folds one window of a text; see <see cref="ReportReader"/> for how windows follow each other.</summary>
    /// <returns>How many bytes were read; the next window begins there.</returns>
    public int Fold(ReadOnlySpan<byte> window, bool isLast, long offset, ref long line)
    {
        var reader = new ReportReader(window, isLast, _damage, offset, line);
        while (reader.TryRead(out var hit))
            if (_filter?.WantsHeader(hit) is not false && TryFindNode(ref reader, hit, out var node))
            {
                _tree.Add(node, 1);
                var time = Time(hit);
                _timeline?.Add(node, time);
                Recorded?.AddHit(time);
                Hits++;
            }
        line = reader.Line;
        return reader.Consumed;
    }

    // Anybody can write a text: what is too much for 64 bits must not become a time that looks like one.
    private static ulong Time(in ReportHit hit)
    {
        const ulong Second = 1_000_000;
        return hit.Seconds > (ulong.MaxValue - hit.Microseconds) / Second ? ulong.MaxValue : hit.Seconds * Second + hit.Microseconds;
    }

    private bool TryFindNode(ref ReportReader reader, in ReportHit hit, out int node)
    {
        var root = RootNode(hit);
        var body = RememberedBody(hit.Body);
        if (body >= 0 && _bodyNodes[body].Root == root)
        {
            node = _bodyNodes[body].Node;
            return node != Unwanted;
        }
        node = -1;
        var damageBefore = _damage.Count;
        if (!TryReadFrames(ref reader, hit))
            return false;

        node = _filter?.WantsBody(ProcessName(), _tree.Names, Frames(ReportLineKind.User), Frames(ReportLineKind.Kernel)) is false ? Unwanted : root;
        if (node == Unwanted)
        {
            if (body >= 0 && _damage.Count == damageBefore)
                _bodyNodes[body] = (root, node);
            return false;
        }

        foreach (var kind in _roots == StackRoots.Ancestry ? PathOrder : PathOrder[^2..])
        {
            var frames = Frames(kind);
            for (var at = frames.Count - 1; at >= 0; at--)
                node = _tree.Child(node, frames[at].Name, frames[at].Kind);
        }
        if (node == FlameTree.Root)
            node = _tree.Child(node, _names.NoStack.Name, _names.NoStack.Kind);
        // A damaged body is taken apart each time, so that all its damage is counted.
        if (body >= 0 && _damage.Count == damageBefore)
            _bodyNodes[body] = (root, node);
        return true;
    }

    private static ReadOnlySpan<ReportLineKind> PathOrder =>
        [ReportLineKind.Chain, ReportLineKind.Thread, ReportLineKind.User, ReportLineKind.Kernel];

    private List<FrameName> Frames(ReportLineKind kind) => _frames[kind - ReportLineKind.Kernel];

    private ReadOnlySpan<byte> ProcessName() => Frames(ReportLineKind.Chain) is [var process, ..] ? _tree.Names[process.Name] : default;

    private bool TryReadFrames(ref ReportReader reader, in ReportHit hit)
    {
        foreach (var frames in _frames)
            frames.Clear();
        var count = 0;
        var lines = hit.Lines;
        while (lines.TryRead(out var line))
        {
            if (line.Kind == ReportLineKind.Other)
                continue;
            if (line.Kind == ReportLineKind.Header)
            {
                reader.Damaged(hit, line.Position, "the next hit begins before the end of this one", hitLeftOut: true);
                return false;
            }
            if (++count > ReportReader.MaxFrames)
            {
                reader.Damaged(hit, line.Position, "the hit has more than 4096 frames", hitLeftOut: true);
                return false;
            }
            if (!TryReadFrame(line, out var frame, out var reason))
            {
                reader.Damaged(hit, line.Position, reason);
                continue;
            }
            _frames[line.Kind - ReportLineKind.Kernel].Add(frame);
        }
        return true;
    }

    private bool TryReadFrame(in ReportLine line, out FrameName name, out string reason)
    {
        name = default;
        if (!ReportFrame.TrySplit(line.Text, out var address, out var rest, out reason))
            return false;
        var known = _known[line.Kind - ReportLineKind.Kernel];
        if (known.TryGet(rest, out var slot, out name))
            return true;
        if (!ReportFrame.TryParseRest(line.Kind, address, rest, out var frame, out reason))
            return false;
        name = line.Kind switch
        {
            ReportLineKind.Chain => _names.Process(frame.Name),
            ReportLineKind.Thread => _names.Thread(frame.Name),
            ReportLineKind.User => _names.User(frame.Name),
            _ => _names.Kernel(frame.Name, frame.Module),
        };
        known.Set(slot, name);
        return true;
    }

    private int RootNode(in ReportHit hit) => _roots switch
    {
        StackRoots.Ancestry or StackRoots.Cgroup => CgroupNode(hit.Cgroup),
        StackRoots.Thread => ThreadNode(hit.Comm, hit.Pid),
        _ => FlameTree.Root,
    };

    private int ThreadNode(ReadOnlySpan<byte> comm, int tid)
    {
        var key = (_comms.Intern(comm), tid);
        if (!_threadNodes.TryGetValue(key, out var node))
        {
            var frame = _names.Thread(comm, (uint)tid);
            node = _tree.Child(FlameTree.Root, frame.Name, frame.Kind);
            _threadNodes.Add(key, node);
        }
        return node;
    }

    private int CgroupNode(ReadOnlySpan<byte> name)
    {
        var number = _cgroups.Intern(name);
        if (!_cgroupNodes.TryGetValue(number, out var node))
        {
            var frame = _names.Cgroup(name);
            node = _tree.Child(FlameTree.Root, frame.Name, frame.Kind);
            _cgroupNodes.Add(number, node);
        }
        return node;
    }

    /// <summary>The body's number in <see cref="_bodyNodes"/>, or -1 for one too long to remember.</summary>
    private int RememberedBody(ReadOnlySpan<byte> body)
    {
        if (body.Length > ReportFrame.MaxLineLength)
            return -1;
        if (_bodies.Length > MaxRemembered)
        {
            _bodies.Clear();
            _bodyNodes.Clear();
        }
        var number = _bodies.Intern(body);
        if (number == _bodyNodes.Count)
            _bodyNodes.Add((-1, -1));
        return number;
    }

    /// <summary>What the text after a frame's address became, for one kind of line.</summary>
    private sealed class KnownFrames
    {
        private readonly NameTable _texts = new();
        private readonly List<FrameName> _names = [];

        private static FrameName NotYet => new(-1, default);

        public bool TryGet(ReadOnlySpan<byte> text, out int slot, out FrameName name)
        {
            if (_texts.Length > MaxRemembered)
            {
                _texts.Clear();
                _names.Clear();
            }
            slot = _texts.Intern(text);
            if (slot == _names.Count)
                _names.Add(NotYet);
            name = _names[slot];
            return name.Name >= 0;
        }

        public void Set(int slot, FrameName name) => _names[slot] = name;
    }
}
