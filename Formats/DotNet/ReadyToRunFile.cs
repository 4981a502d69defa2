using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Text;
using Diagnose.Formats.Symbols;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// Names the code of a .NET assembly that was compiled ahead of time, by its own tables and metadata: the runtime tells of that code
/// nowhere. Not thread-safe.
/// </summary>
internal sealed class ReadyToRunFile
{
    private readonly ReadyToRunImage _layout;
    private ReadyToRunMethods? _methods;

    private ReadyToRunFile(ReadyToRunImage layout) => _layout = layout;

    /// <summary>Bytes that are loaded of the file; 0 when nothing is.</summary>
    public long LoadedBytes { get; private set; }

    /// <summary>Bytes of what was made of them, which stays when they go.</summary>
    public long IndexBytes => _methods?.Bytes ?? 0;

    /// <summary>Null when it is no assembly with native code and metadata of its own.</summary>
    /// <param name="image">Of which at least the first <see cref="ReadyToRunImage.HeaderBytes"/> are loaded.</param>
    public static ReadyToRunFile? Open(IModuleImage image) =>
        ReadyToRunImage.Open(image.Bytes) is { } layout && Load(image, layout.ManagedHeader) && layout.TryReadManagedHeader(image.Bytes)
        && Load(image, layout.NativeHeader) && layout.TryReadTables(image.Bytes)
            ? new ReadyToRunFile(layout) : null;

    /// <summary>The address that a file offset is mapped at, counted from the image's base.</summary>
    public ulong? AddressOf(ulong offset) => _layout.AddressOf(offset);

    /// <summary>The method whose code covers a file offset. Loads the tables where they are not loaded.</summary>
    /// <param name="start">File offset of the piece of code.</param>
    /// <param name="name">As its language has it.</param>
    /// <param name="detail">With assembly and tier, as the runtime writes methods: <c>[App] Ns.Type::Method[PreJIT]</c>.</param>
    public bool TryFind(IModuleImage image, ulong offset, out ulong start, out ulong size, out string name, out string detail)
    {
        name = detail = "";
        if (LoadedBytes == 0 || _methods is null)
            LoadTables(image);
        if (!_methods!.TryFind(image.Bytes, offset, out start, out size, out ReadyToRunMethod method))
            return false;
        try
        {
            return TryName(image.Bytes, method, out name, out detail);
        }
        catch (Exception error) when (error is BadImageFormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            // Metadata that contradicts itself names nothing.
            return false;
        }
    }

    /// <summary>The image gave its memory back: the tables load again when they are wanted.</summary>
    public void Forget() => LoadedBytes = 0;

    /// <summary>Lets go of the index as well, which takes longest to make.</summary>
    public void ForgetIndex() => _methods = null;

    private void LoadTables(IModuleImage image)
    {
        ImagePart[] parts = [_layout.RuntimeFunctions, _layout.InstanceEntryPoints, _layout.HotColdMap, _layout.Metadata];
        if (_methods is null)
            parts = [_layout.MethodEntryPoints, .. parts];
        LoadedBytes = 0;
        foreach (ImagePart part in parts)
        {
            Load(image, part);
            LoadedBytes += part.Length;
        }

        _methods ??= ReadyToRunMethods.Build(_layout, image.Bytes);
    }

    private unsafe bool TryName(ReadOnlySpan<byte> file, ReadyToRunMethod method, out string name, out string detail)
    {
        name = detail = "";
        ReadOnlySpan<byte> bytes = file.Slice(_layout.Metadata.Offset, _layout.Metadata.Length);
        fixed (byte* start = bytes)
        {
            var metadata = new MetadataReader(start, bytes.Length);
            string type, written;
            if (method.Id < 0)
            {
                ReadOnlySpan<byte> instances = file.Slice(_layout.InstanceEntryPoints.Offset, _layout.InstanceEntryPoints.Length);
                if (!InstanceSignature.TryRead(instances[-method.Id..], metadata, out type, out written))
                    return false;
            }
            else
            {
                MethodDefinition definition = metadata.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(method.Id));
                var text = new StringBuilder();
                MetadataNames.Write(text, metadata, definition.GetDeclaringType());
                (type, written) = (text.ToString(), MetadataNames.Text(metadata, definition.Name));
            }

            // Functions outside of all classes are in one of this name.
            name = MethodName.Of(type == "<Module>" ? "" : type, written);
            string assembly = metadata.IsAssembly ? MetadataNames.Text(metadata, metadata.GetAssemblyDefinition().Name) : "";
            detail = $"[{assembly}] {type}::{written}[PreJIT]";
            return true;
        }
    }

    private static bool Load(IModuleImage image, ImagePart part) => part.Length > 0 && image.TryLoad(part.Offset, part.Length);
}
