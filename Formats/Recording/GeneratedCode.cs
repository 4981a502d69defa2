using System.IO.Hashing;
using Diagnose.Formats.Jit;

namespace Diagnose.Formats.Recording;

/// <summary>
/// What is known of the code that one process makes at run time: its perf map as far as it was read, and the frames that were named by
/// it. Lines that give code another name wait, so that hits from before they were written can still be named.
/// </summary>
internal sealed class GeneratedCode(int pid) : IDisposable
{
    /// <summary>More frames are named as well, but are not looked at again.</summary>
    private const int MostNamed = 1 << 14;

    private const int PartBytes = 1 << 18;

    private readonly Dictionary<ulong, (CodeModule Module, ulong LookedUp, ulong Name)> _named = [];
    private readonly HashSet<CodeModule> _movedIn = [];
    private IPerfMapFile? _file;
    private PerfMap? _map;
    private byte[] _waiting = [];
    private byte[] _rest = [];
    private long _read;
    private ulong _written;

    public int Pid { get; } = pid;

    /// <summary>Whether a perf map is open.</summary>
    public bool HasMap => _file is not null;

    /// <summary>One was found, or refused: it is said why code has no name.</summary>
    public bool IsExplained { get; set; }

    /// <summary>Nothing was hit in it since <see cref="Forget"/>.</summary>
    public bool IsIdle => _named.Count == 0;

    /// <summary>Bytes of memory that the map takes.</summary>
    public long MapBytes => (_map?.MemoryBytes ?? 0) + _waiting.Length;

    /// <summary>Takes a map that was found, from its start.</summary>
    public void Open(IPerfMapFile file)
    {
        _file?.Dispose();
        (_file, _map, _read, _waiting, _rest) = (file, null, 0, [], []);
        IsExplained = true;
    }

    /// <summary>
    /// Reads what the map has grown by. True when some of it gives code another name than it had: see <see cref="Apply"/>.
    /// </summary>
    /// <param name="written">When the process last wrote, CLOCK_MONOTONIC ns.</param>
    public bool Look(out ulong written)
    {
        written = _written;
        if (_file is null || _waiting.Length > 0)
            return _waiting.Length > 0;
        bool isThere = _file.TryLook(out long length, out written);
        // Written anew, as by a runtime that was told to twice.
        if (isThere && length < _read)
            (_map, _read, _rest) = (null, 0, []);
        // A map that nothing is looked up in is read when something is.
        if (length > _read && (_map is not null || _named.Count > 0))
            Take(length, written);
        if (!isThere)
            Drop();
        return _waiting.Length > 0;
    }

    /// <summary>From here on the lines that waited hold. Frames whose code is another by now are to be told apart from it.</summary>
    public bool Apply()
    {
        PerfMap later = Parse(_waiting, out _);
        bool moved = false;
        foreach ((ulong address, (CodeModule module, ulong lookedUp, ulong name)) in _named)
        {
            if (!later.TryFind(lookedUp, out _, out _, out ReadOnlySpan<byte> now) || Hash(now) == name)
                continue;
            module.Move(address);
            _movedIn.Add(module.First);
            _named.Remove(address);
            moved = true;
        }

        _map?.Append(_waiting);
        _waiting = [];
        return moved;
    }

    /// <summary>The symbol at an address as of now; lines that wait count where nothing else does.</summary>
    public bool TryFind(ulong address, out ulong start, out ulong size, out ReadOnlySpan<byte> name)
    {
        if (_file is not null && _map is null)
            ReadAll();
        if (_map is not null && _map.TryFind(address, out start, out size, out name))
            return true;
        Look(out _);
        if (_map is not null && _map.TryFind(address, out start, out size, out name))
            return true;
        if (_waiting.Length > 0 && Parse(_waiting, out _).TryFind(address, out start, out size, out name))
            return true;
        start = size = 0;
        name = [];
        return false;
    }

    /// <summary>A frame got its name from here.</summary>
    /// <param name="address">As the stack has it.</param>
    /// <param name="lookedUp">As it was looked up.</param>
    public void Named(CodeModule module, ulong address, ulong lookedUp, ReadOnlySpan<byte> name)
    {
        if (_named.Count < MostNamed)
            _named[address] = (module, lookedUp, Hash(name));
    }

    /// <summary>A new segment: its frames are named anew, and no other has the same address yet.</summary>
    public void Forget()
    {
        _named.Clear();
        foreach (CodeModule module in _movedIn)
            module.Settle();
        _movedIn.Clear();
    }

    /// <summary>Gives the map's memory back; it is read again when it is wanted.</summary>
    public void DropMap()
    {
        if (_waiting.Length == 0)
            _map = null;
    }

    public void Dispose() => Drop();

    private void Drop()
    {
        _file?.Dispose();
        _file = null;
    }

    /// <summary>Reads up to a new end. What gives code another name waits.</summary>
    private void Take(long length, ulong written)
    {
        byte[] text = [.. _rest, .. _file!.Read(_read, length)];
        _read += text.Length - _rest.Length;
        PerfMap later = Parse(text, out int used);
        _rest = text[used..];
        if (IsRenamed(later) || _map?.Differs(later) == true)
            (_waiting, _written) = (text[..used], written);
        else
            _map?.Append(text.AsSpan(0, used));
    }

    private void ReadAll()
    {
        if (!_file!.TryLook(out long length, out _))
            length = _read;
        _map = new PerfMap();
        _map.Reserve(length);
        (_read, _rest) = (0, []);
        // In parts: a map may have more bytes than its names take here.
        while (_read < length)
        {
            byte[] part = _file.Read(_read, Math.Min(length, _read + PartBytes));
            if (part.Length == 0)
                break;
            _read += part.Length;
            byte[] text = [.. _rest, .. part];
            _rest = text[_map.Append(text)..];
        }

    }

    private bool IsRenamed(PerfMap later)
    {
        foreach ((_, (_, ulong lookedUp, ulong name)) in _named)
        {
            if (later.TryFind(lookedUp, out _, out _, out ReadOnlySpan<byte> now) && Hash(now) != name)
                return true;
        }

        return false;
    }

    private static PerfMap Parse(byte[] text, out int used)
    {
        var map = new PerfMap();
        used = map.Append(text);
        return map;
    }

    private static ulong Hash(ReadOnlySpan<byte> name) => XxHash3.HashToUInt64(name);
}
