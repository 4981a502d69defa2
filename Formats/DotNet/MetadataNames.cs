using System.Reflection.Metadata;
using System.Text;

namespace Diagnose.Formats.DotNet;

/// <summary>Names of types as reflection writes them, of what their metadata says.</summary>
internal static class MetadataNames
{
    private const int MostNested = 64;

    /// <summary>Longer names are cut: a string of the metadata is as long as its file likes.</summary>
    private const int MostBytes = 1024;

    /// <summary>Writes <c>Ns.Outer+Inner</c> of a definition or a reference; nothing of other things.</summary>
    public static void Write(StringBuilder text, MetadataReader metadata, EntityHandle type)
    {
        // The parent of a reference may be a module or a method, too.
        if (type.Kind is not (HandleKind.TypeDefinition or HandleKind.TypeReference))
            return;
        List<EntityHandle> outer = [];
        for (EntityHandle at = type; !at.IsNil && outer.Count < MostNested; at = Outer(metadata, at))
            outer.Add(at);
        for (int i = outer.Count - 1; i >= 0; i--)
        {
            if (i < outer.Count - 1)
                text.Append('+');
            (StringHandle space, StringHandle name) = outer[i].Kind switch
            {
                HandleKind.TypeDefinition => Name(metadata.GetTypeDefinition((TypeDefinitionHandle)outer[i])),
                _ => Name(metadata.GetTypeReference((TypeReferenceHandle)outer[i])),
            };
            if (!space.IsNil)
                text.Append(Text(metadata, space)).Append('.');
            text.Append(Text(metadata, name));
        }
    }

    public static string Text(MetadataReader metadata, StringHandle name)
    {
        BlobReader bytes = metadata.GetBlobReader(name);
        return bytes.ReadUTF8(Math.Min(bytes.Length, MostBytes));
    }

    private static (StringHandle Space, StringHandle Name) Name(TypeDefinition type) => (type.Namespace, type.Name);

    private static (StringHandle Space, StringHandle Name) Name(TypeReference type) => (type.Namespace, type.Name);

    private static EntityHandle Outer(MetadataReader metadata, EntityHandle type) => type.Kind switch
    {
        HandleKind.TypeDefinition => metadata.GetTypeDefinition((TypeDefinitionHandle)type).GetDeclaringType(),
        HandleKind.TypeReference when metadata.GetTypeReference((TypeReferenceHandle)type).ResolutionScope is
            { Kind: HandleKind.TypeReference } scope => scope,
        _ => default,
    };
}
