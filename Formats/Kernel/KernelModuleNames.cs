namespace Diagnose.Formats.Kernel;

/// <summary>Module names, each kept once; number 0 is the core kernel, whose name is empty.</summary>
internal sealed class KernelModuleNames
{
    private readonly List<byte[]> _names = [[]];
    private readonly Dictionary<string, ushort> _numbers = [];
    private readonly List<bool> _builtIn = [false];
    private ushort _last;

    /// <summary>Numbers a name; false when there are more than a 16-bit number can tell apart.</summary>
    public bool TryIntern(ReadOnlySpan<byte> name, out ushort number)
    {
        number = 0;
        if (name.IsEmpty)
            return true;
        // The kernel lists module by module, so nearly every line has the module of the line before.
        if (name.SequenceEqual(_names[_last]))
        {
            number = _last;
            return true;
        }

        var key = System.Text.Encoding.Latin1.GetString(name);
        if (!_numbers.TryGetValue(key, out number))
        {
            if (_names.Count > ushort.MaxValue)
                return false;
            number = (ushort)_names.Count;
            _numbers.Add(key, number);
            _names.Add(name.ToArray());
            _builtIn.Add(name.StartsWith("__builtin__"u8));
        }

        _last = number;
        return true;
    }

    /// <summary>
    /// Not a module but code the kernel makes as it runs, a page here and there: "__builtin__ftrace", "__builtin__kprobes".
    /// </summary>
    public bool IsBuiltIn(ushort number) => _builtIn[number];

    public byte[][] ToArray() => [.. _names];
}
