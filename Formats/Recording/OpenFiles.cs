namespace Diagnose.Formats.Recording;

/// <summary>
/// Bounds how many modules hold their file open: on a machine that builds and runs ever new programs they would use up all
/// descriptors. A module that lost its file gets it back when a process that maps it is hit.
/// </summary>
internal sealed class OpenFiles(int most) : IDisposable
{
    private readonly LinkedList<CodeModule> _lastUsed = [];

    public int Count => _lastUsed.Count;

    /// <summary>The module's file is wanted: it is the last to be closed from here on.</summary>
    public void Use(CodeModule module)
    {
        if (module.Place is null)
        {
            module.Place = _lastUsed.AddLast(module);
            if (_lastUsed.Count > most)
                Close(_lastUsed.First!);
        }
        else if (module.Place != _lastUsed.Last)
        {
            _lastUsed.Remove(module.Place);
            _lastUsed.AddLast(module.Place);
        }
    }

    public void Dispose()
    {
        while (_lastUsed.First is { } first)
            Close(first);
    }

    private void Close(LinkedListNode<CodeModule> place)
    {
        _lastUsed.Remove(place);
        place.Value.File?.Dispose();
        place.Value.File = null;
        place.Value.Place = null;
    }
}
