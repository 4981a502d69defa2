using System.Runtime.InteropServices;
using Diagnose.Formats.DotNet;
using Diagnose.Formats.Jit;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>
/// Names frames in code without a file, by the perf maps of their processes. Compilers use memory anew: an address that means another
/// function from some moment on is another frame from then on, and earlier hits keep the name of their time. A map has no times,
/// so a change counts from when the map was last written to, as it was found at the next look.
/// </summary>
internal sealed class GeneratedNames(DefinitionWriter definitions, IProcessCode code, Notices notices) : IDisposable
{
    /// <summary>Maps stay in memory up to this size together from block to block.</summary>
    private const long KeepBytes = 6 << 20;

    /// <summary>And within a block: one map of the largest size that is believed fits.</summary>
    private const long MostBytes = 16 << 20;

    /// <summary>Blocks over which a frame may wait for its line in the map.</summary>
    private const int MostTries = 16;

    private const int MostUnnamed = 4096, MostProcesses = 256;

    private readonly Dictionary<uint, GeneratedCode> _code = [];
    private readonly List<(NewFrame Frame, int Tries)> _unnamed = [];
    private readonly HashSet<int> _without = [];
    private long _uses;

    /// <summary>
    /// Looks at the maps. What gives code another name waits until its moment: see <see cref="NextMoment"/>.
    /// </summary>
    public void Look(ulong now)
    {
        foreach (GeneratedCode known in _code.Values)
        {
            // The first moment found stays: one that went along with the clock would never have come.
            if (known.Look(out ulong written))
                known.Moment ??= written == 0 ? now : Math.Min(written, now);
        }
    }

    /// <summary>
    /// When the next code changed its name, of changes up to a moment; null where there are none. All hits from before it are to be named
    /// first, and then <see cref="Apply"/> called.
    /// </summary>
    public ulong? NextMoment(ulong until)
    {
        ulong? next = null;
        foreach (GeneratedCode known in _code.Values)
        {
            if (known.Moment <= until && !(next <= known.Moment))
                next = known.Moment;
        }

        return next;
    }

    /// <summary>From this moment on the new names hold, of processes that wrote them by then. True when frames that were hit mean something else now.</summary>
    public bool Apply(ulong moment)
    {
        bool moved = false;
        foreach (GeneratedCode known in _code.Values)
        {
            if (known.Moment <= moment)
                moved |= known.Apply();
        }

        return moved;
    }

    /// <summary>The symbol of a new frame; 0 when it has none, so far.</summary>
    /// <param name="back">How many bytes before the frame's address its symbol is looked up.</param>
    public int SymbolOf(in NewFrame frame, ulong back)
    {
        int symbol = Find(frame, back);
        if (symbol == 0 && _unnamed.Count < MostUnnamed)
            _unnamed.Add((frame, 1));
        return symbol;
    }

    /// <summary>A block is to be written. A process writes its map behind its compiler, or only once it was asked to: looks again.</summary>
    public void TryAgain()
    {
        _without.Clear();
        Span<(NewFrame Frame, int Tries)> unnamed = CollectionsMarshal.AsSpan(_unnamed);
        int kept = 0;
        for (int i = 0; i < unnamed.Length; i++)
        {
            int symbol = Find(unnamed[i].Frame, unnamed[i].Frame.Back);
            if (symbol != 0)
                definitions.FrameSymbol(unnamed[i].Frame.Frame, symbol);
            else if (unnamed[i].Tries < MostTries)
                unnamed[kept++] = (unnamed[i].Frame, unnamed[i].Tries + 1);
            else
                GiveUp(unnamed[i].Frame);
        }

        _unnamed.RemoveRange(kept, _unnamed.Count - kept);
        bool isTooMuch = MapBytes() > KeepBytes;
        foreach (GeneratedCode known in _code.Values)
            known.NewBlock(isTooMuch);
    }

    /// <summary>The segment ends: frames that have no name by now get none.</summary>
    public void EndSegment()
    {
        foreach ((NewFrame frame, _) in _unnamed)
            GiveUp(frame);
        _unnamed.Clear();
        foreach ((uint instance, GeneratedCode known) in _code)
        {
            if (known.IsIdle)
            {
                _code.Remove(instance);
                known.Dispose();
            }

            known.Forget();
        }
    }

    public void Dispose()
    {
        foreach (GeneratedCode known in _code.Values)
            known.Dispose();
        _code.Clear();
    }

    private long MapBytes()
    {
        long bytes = 0;
        foreach (GeneratedCode known in _code.Values)
            bytes += known.MapBytes;
        return bytes;
    }

    private void GiveUp(in NewFrame frame)
    {
        int owner = (int)(frame.Module!.Instance & ModuleRow.PidMask);
        if (!_code.TryGetValue(frame.Module.First.Instance, out GeneratedCode? known) || !known.IsExplained)
            notices.Say($"process {owner}", "it runs code without a file and has no perf map (/tmp/perf-PID.map): its frames there stay unnamed");
    }

    private int Find(in NewFrame frame, ulong back)
    {
        // A forked child runs the code that its parent compiled, and the parent's map names it.
        CodeModule first = frame.Module!.First;
        int owner = (int)(first.Instance & ModuleRow.PidMask), pid = frame.Process.Pid;
        ulong address = frame.Address - back;
        GeneratedCode known = CodeOf(first.Instance, owner, frame.Process.Uid);
        if (!TryFind(known, address, out ulong start, out ulong size, out PerfMapName place))
        {
            if (pid == owner)
                return 0;
            known = CodeOf((uint)pid, pid, frame.Process.Uid);
            if (!TryFind(known, address, out start, out size, out place))
                return 0;
        }

        ReadOnlySpan<byte> name = known.Read(place);
        // Written anew, and no shorter by now.
        if (name.IsEmpty && known.ReadAnew() && TryFind(known, address, out start, out size, out place))
            name = known.Read(place);
        if (name.IsEmpty)
            return 0;

        if (!known.Named(frame.Module, frame.Address, address, place))
            notices.Say($"process {known.Pid}", $"more than {GeneratedCode.MostNamed} places in its generated code were hit: code that takes another's place may keep its name");
        int written = definitions.String(name);
        return definitions.Symbol(MethodText.TryRead(name, out string method)
            ? new SymbolRow(frame.Row.Module, start, size, definitions.String(method), SymbolSource.PerfMap, written)
            : new SymbolRow(frame.Row.Module, start, size, written, SymbolSource.PerfMap));
    }

    /// <summary>A map that is not there is looked for once for each block.</summary>
    private GeneratedCode CodeOf(uint instance, int pid, uint? lastUid)
    {
        if (!_code.TryGetValue(instance, out GeneratedCode? known))
        {
            if (_code.Count == MostProcesses)
                EvictOne();
            _code.Add(instance, known = new GeneratedCode(pid));
        }

        known.LastUse = ++_uses;
        if (known.HasMap || !_without.Add(pid))
            return known;
        if (code.OpenPerfMap(pid, lastUid, out string? refused) is { } file)
            known.Open(file);
        else if (refused is not null)
            notices.Say(refused);
        known.IsExplained |= refused is not null;
        return known;
    }

    /// <summary>Room for another process. One that is still hit is opened again, if its map is still there.</summary>
    private void EvictOne()
    {
        (uint instance, GeneratedCode known) = _code.MinBy(pair => (!pair.Value.IsIdle, pair.Value.LastUse));
        _code.Remove(instance);
        known.Dispose();
    }

    /// <summary>Looks up an address; what is read for it must not take more memory than there is for all.</summary>
    private bool TryFind(GeneratedCode known, ulong address, out ulong start, out ulong size, out PerfMapName name)
    {
        bool wasLoaded = known.IsLoaded, isFound = known.TryFind(address, out start, out size, out name);
        if (known.IsFull)
            notices.Say($"process {known.Pid}", "its perf map has more lines than are kept: code of the last ones stays unnamed");
        if (wasLoaded || !known.IsLoaded || MapBytes() <= MostBytes)
            return isFound;
        foreach (GeneratedCode other in _code.Values)
        {
            if (other != known && other.IsLoaded)
                other.Rest();
        }

        return isFound;
    }
}
