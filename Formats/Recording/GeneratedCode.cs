using Diagnose.Formats.Jit;

namespace Diagnose.Formats.Recording;

/// <summary>
/// What is known of the code that one process makes at run time: its perf map as far as it was read, and the frames that were named by
/// it. Lines that give code another name wait, so that hits from before they were written can still be named.
/// </summary>
internal sealed class GeneratedCode(int pid) : IDisposable
{
    /// <summary>More frames are named as well, but are not looked at again.</summary>
    internal const int MostNamed = 1 << 14;

    private const int PartBytes = 1 << 15;

    private readonly Dictionary<ulong, (CodeModule Module, ulong LookedUp, uint Name)> _named = [];
    private readonly HashSet<CodeModule> _movedIn = [];
    private IPerfMapFile? _file;
    private PerfMap? _map;
    private byte[] _waiting = [];
    private long _waitingAt;
    private byte[] _rest = [];
    private long _read;
    private ulong _written;
    private bool _isRemoved;
    private bool _isResting;
    private bool _isReadAnew;

    public int Pid { get; } = pid;

    /// <summary>Whether a perf map is open that is still where it was found.</summary>
    public bool HasMap => _file is not null && !_isRemoved;

    /// <summary>Lines of the map were left out, since it has too many.</summary>
    public bool IsFull => _map?.DroppedLines > 0;

    /// <summary>Whether the map takes memory that <see cref="Rest"/> gives back.</summary>
    public bool IsLoaded => _map is not null;

    /// <summary>One was found, or refused: it is said why code has no name.</summary>
    public bool IsExplained { get; set; }

    /// <summary>From when on lines that wait hold, once that was found out; CLOCK_MONOTONIC ns.</summary>
    public ulong? Moment { get; set; }

    /// <summary>Greater than that of those which were wanted before.</summary>
    public long LastUse { get; set; }

    /// <summary>Nothing was hit in it since <see cref="Forget"/>.</summary>
    public bool IsIdle => _named.Count == 0;

    /// <summary>Bytes of memory that the map takes.</summary>
    public long MapBytes => (_map?.MemoryBytes ?? 0) + _waiting.Length;

    /// <summary>Takes a map that was found, from its start.</summary>
    public void Open(IPerfMapFile file)
    {
        _file?.Dispose();
        (_file, _isRemoved) = (file, false);
        Start();
        IsExplained = true;
    }

    /// <summary>
    /// Reads what the map has grown by. True when some of it gives code another name than it had: see <see cref="Apply"/>.
    /// </summary>
    /// <param name="written">When the process last wrote, CLOCK_MONOTONIC ns.</param>
    public bool Look(out ulong written)
    {
        written = _written;
        if (!HasMap || _waiting.Length > 0)
            return _waiting.Length > 0;
        bool isThere = _file!.TryLook(out long length, out written);
        // Written anew, as by a runtime that was told to twice.
        if (isThere && length < _read)
            (_map, _read, _rest) = (null, 0, []);
        // A map that nothing is looked up in is read when something is.
        if (length > _read && (_map is not null || _named.Count > 0))
            Take(length, written);
        // Nothing else has its names by now: it stays open, to be read again.
        _isRemoved = !isThere;
        return _waiting.Length > 0;
    }

    /// <summary>From here on the lines that waited hold. Frames whose code is another by now are to be told apart from it.</summary>
    public bool Apply()
    {
        PerfMap later = Parse(_waiting, _waitingAt, out _);
        bool moved = false;
        foreach ((ulong address, (CodeModule module, ulong lookedUp, uint name)) in _named)
        {
            if (!later.TryFind(lookedUp, out _, out _, out PerfMapName now) || now.Hash == name)
                continue;
            module.Move(address);
            _movedIn.Add(module.First);
            _named.Remove(address);
            moved = true;
        }

        _map?.Append(_waiting, _waitingAt);
        _waiting = [];
        Moment = null;
        return moved;
    }

    /// <summary>The symbol at an address as of now; lines that wait count where nothing else does.</summary>
    public bool TryFind(ulong address, out ulong start, out ulong size, out PerfMapName name)
    {
        if (_file is not null && _map is null && !_isResting)
            ReadAll();
        if (_map is not null && _map.TryFind(address, out start, out size, out name))
            return true;
        Look(out _);
        if (_map is not null && _map.TryFind(address, out start, out size, out name))
            return true;
        if (_waiting.Length > 0 && Parse(_waiting, _waitingAt, out _).TryFind(address, out start, out size, out name))
            return true;
        start = size = 0;
        name = default;
        return false;
    }

    /// <summary>
    /// The name that <see cref="TryFind"/> found; empty where the process has written its map anew since: see <see cref="ReadAnew"/>.
    /// </summary>
    public ReadOnlySpan<byte> Read(in PerfMapName name) =>
        _file is null ? default : PerfMap.Check(name, _file.Read(name.At, (long)name.At + name.Length));

    /// <summary>Begins with the map from its start; false where it did so in this block already.</summary>
    public bool ReadAnew()
    {
        if (_isReadAnew || !HasMap)
            return false;
        _isReadAnew = true;
        Start();
        return true;
    }

    /// <summary>A frame got its name from here.</summary>
    /// <param name="address">As the stack has it.</param>
    /// <param name="lookedUp">As it was looked up.</param>
    /// <returns>False when there are too many: it keeps its name, whatever the map says later.</returns>
    public bool Named(CodeModule module, ulong address, ulong lookedUp, in PerfMapName name)
    {
        if (_named.Count >= MostNamed && !_named.ContainsKey(address))
            return false;
        _named[address] = (module, lookedUp, name.Hash);
        return true;
    }

    /// <summary>A new segment: its frames are named anew, and no other has the same address yet.</summary>
    public void Forget()
    {
        _named.Clear();
        foreach (CodeModule module in _movedIn)
            module.Settle();
        _movedIn.Clear();
    }

    /// <summary>A new block: the map's memory is given back where it is too much, and it is read again when it is wanted.</summary>
    public void NewBlock(bool isTooMuch)
    {
        _isResting = _isReadAnew = false;
        if (isTooMuch)
            _map = null;
    }

    /// <summary>Gives the map's memory back until the next block: maps that push each other out are read once for each.</summary>
    public void Rest() => (_map, _isResting) = (null, true);

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Start()
    {
        (_map, _read, _waiting, _rest) = (null, 0, [], []);
        Moment = null;
    }

    /// <summary>Reads up to a new end, or to where code gets another name: that waits, and what is behind it is read later.</summary>
    private void Take(long length, ulong written)
    {
        while (_read < length && _waiting.Length == 0 && ReadPart(length) is { } text)
        {
            long at = _read - text.Length;
            PerfMap later = Parse(text, at, out int used);
            _rest = text[used..];
            if (IsRenamed(later) || _map?.Differs(later) == true)
                (_waiting, _waitingAt, _written) = (text[..used], at, written);
            else
                _map?.Append(text.AsSpan(0, used), at);
        }
    }

    private void ReadAll()
    {
        bool isThere = _file!.TryLook(out long length, out _);
        (long read, byte[] rest) = (_read, _rest);
        // What gives named frames other names waits, or is still to be looked at by Take: neither holds yet.
        bool isAgain = _named.Count > 0 || _waiting.Length > 0;
        if (isAgain)
            length = Math.Max(_read - _rest.Length - _waiting.Length, 0);
        else if (!isThere)
            length = Math.Max(length, _read);
        _map = new PerfMap();
        _map.Reserve(length);
        (_read, _rest) = (0, []);
        while (_read < length && ReadPart(length) is { } text)
            _rest = text[_map.Append(text, _read - text.Length)..];
        if (isAgain)
            (_read, _rest) = (read, rest);
    }

    /// <summary>What comes next in the file behind the line that was cut; null at its end. In parts: it may be of any length.</summary>
    private byte[]? ReadPart(long end)
    {
        byte[] part = _file!.Read(_read, Math.Min(end, _read + PartBytes));
        _read += part.Length;
        return part.Length == 0 ? null : [.. _rest, .. part];
    }

    private bool IsRenamed(PerfMap later)
    {
        foreach ((_, (_, ulong lookedUp, uint name)) in _named)
        {
            if (later.TryFind(lookedUp, out _, out _, out PerfMapName now) && now.Hash != name)
                return true;
        }

        return false;
    }

    private static PerfMap Parse(byte[] text, long at, out int used)
    {
        var map = new PerfMap();
        used = map.Append(text, at);
        return map;
    }
}
