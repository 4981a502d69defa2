using System.Runtime.InteropServices;
using Diagnose.Formats.DotNet;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>
/// Names frames in code without a file, by the perf maps of their processes. Compilers use memory anew: an address that means another
/// function from some moment on is another frame from then on, and earlier hits keep the name of their time. A map has no times,
/// so a change counts from when the map was last written to, as it was found at the next look.
/// </summary>
internal sealed class GeneratedNames(DefinitionWriter definitions, IProcessCode code, Notices notices) : IDisposable
{
    /// <summary>Maps stay in memory up to this size together.</summary>
    private const long KeepBytes = 8 << 20;

    /// <summary>Blocks over which a frame may wait for its line in the map.</summary>
    private const int MostTries = 16;

    private const int MostUnnamed = 4096, MostProcesses = 256;

    private readonly Dictionary<uint, GeneratedCode> _code = [];
    private readonly List<(NewFrame Frame, int Tries)> _unnamed = [];
    private readonly HashSet<int> _without = [];

    /// <summary>
    /// Looks at the maps. Null where no code changed its name; else the moment of the change: hits up to then are to be named first,
    /// and then <see cref="Apply"/> called.
    /// </summary>
    public ulong? Look(ulong now)
    {
        ulong? moment = null;
        foreach (GeneratedCode known in _code.Values)
        {
            if (known.Look(out ulong written))
                moment = Math.Min(moment ?? ulong.MaxValue, written == 0 ? now : Math.Min(written, now));
        }

        return moment;
    }

    /// <summary>From here on the new names hold. True when frames that were hit mean something else now.</summary>
    public bool Apply()
    {
        bool moved = false;
        foreach (GeneratedCode known in _code.Values)
            moved |= known.Apply();
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
        long bytes = 0;
        foreach (GeneratedCode known in _code.Values)
            bytes += known.MapBytes;
        if (bytes <= KeepBytes)
            return;
        foreach (GeneratedCode known in _code.Values)
            known.DropMap();
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
        GeneratedCode? known = CodeOf(first.Instance, owner, frame.Process.Uid);
        if (known?.TryFind(address, out ulong start, out ulong size, out ReadOnlySpan<byte> name) is not true)
        {
            known = pid == owner ? null : CodeOf((uint)pid, pid, frame.Process.Uid);
            if (known?.TryFind(address, out start, out size, out name) is not true)
                return 0;
        }

        known.Named(frame.Module, frame.Address, address, name);
        int written = definitions.String(name);
        return definitions.Symbol(MethodText.TryRead(name, out string method)
            ? new SymbolRow(frame.Row.Module, start, size, definitions.String(method), SymbolSource.PerfMap, written)
            : new SymbolRow(frame.Row.Module, start, size, written, SymbolSource.PerfMap));
    }

    /// <summary>A map that is not there is looked for once for each block.</summary>
    private GeneratedCode? CodeOf(uint instance, int pid, uint? lastUid)
    {
        if (!_code.TryGetValue(instance, out GeneratedCode? known))
        {
            // Those that are still hit are opened again.
            if (_code.Count == MostProcesses)
                Dispose();
            _code.Add(instance, known = new GeneratedCode(pid));
        }

        if (known.HasMap || !_without.Add(pid))
            return known;
        if (code.OpenPerfMap(pid, lastUid, out string? refused) is { } file)
            known.Open(file);
        else if (refused is not null)
            notices.Say(refused);
        known.IsExplained |= refused is not null;
        return known;
    }
}
