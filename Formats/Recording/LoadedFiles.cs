using Diagnose.Formats.Symbols;

namespace Diagnose.Formats.Recording;

/// <summary>Bounds what files keep in memory of one kind of their content: those used last stay, the others load again.</summary>
/// <param name="most">Bytes that stay loaded together.</param>
/// <param name="bytes">What a file keeps loaded.</param>
/// <param name="drop">Lets go of it.</param>
internal sealed class LoadedFiles(long most, Func<ModuleFile, long> bytes, Action<ModuleFile> drop)
{
    private readonly List<ModuleFile> _lastUsed = [];

    public void Use(ModuleFile file)
    {
        if (_lastUsed is [.., var last] && last == file)
            return;
        _lastUsed.Remove(file);
        _lastUsed.Add(file);
    }

    /// <summary>Lets go of what is beyond the bound, of the files that were used longest ago first.</summary>
    /// <param name="inUse">How many of the last ones are being read and stay, whatever they take.</param>
    public void Shrink(int inUse = 0)
    {
        long all = 0;
        foreach (ModuleFile file in _lastUsed)
            all += bytes(file);
        while (all > most && _lastUsed.Count > inUse)
        {
            all -= bytes(_lastUsed[0]);
            drop(_lastUsed[0]);
            _lastUsed.RemoveAt(0);
        }
    }
}
