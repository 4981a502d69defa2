using Diagnose.Formats.DotNet;

namespace Diagnose.Formats.Symbols;

internal sealed partial class ModuleFile
{
    private ReadyToRunFile? _assembly;

    /// <summary>It is a .NET assembly: <see cref="TryFindMethod"/> names its code.</summary>
    public bool IsAssembly => _assembly is not null;

    /// <summary>Bytes of the index of an assembly's methods, which takes longest to make.</summary>
    public long MethodIndexBytes => _assembly?.IndexBytes ?? 0;

    /// <summary>Lets go of it; it is made again when it is wanted.</summary>
    public void DropMethodIndex() => _assembly?.ForgetIndex();

    /// <summary>The method of an assembly that covers a file offset. Loads its tables where they are not loaded.</summary>
    /// <param name="start">File offset of the piece of code.</param>
    /// <param name="detail">What the runtime would say of it, word for word as far as the file has it.</param>
    public bool TryFindMethod(ulong offset, out ulong start, out ulong size, out string name, out string detail)
    {
        if (_assembly is not null)
            return _assembly.TryFind(_image, offset, out start, out size, out name, out detail);
        (start, size, name, detail) = (0, 0, "", "");
        return false;
    }

    private bool TryLoadAssembly() => ReadyToRunImage.IsPe(_image.Bytes) && (_assembly = ReadyToRunFile.Open(_image)) is not null;
}
