using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Text;

namespace Diagnose.Formats.DotNet;

/// <summary>
/// The signature of an instance of a generic method or of a method of a generic type: flags, type, token and type arguments
/// (readytorun-format.md, "Method signatures"; ECMA-335 II.23.2.12 for types). Written as reflection writes names.
/// </summary>
internal ref struct InstanceSignature
{
    private const uint MethodInstantiation = 0x04, SlotInsteadOfToken = 0x08, MemberReference = 0x10, Constrained = 0x20,
        OwnerType = 0x40, UpdateContext = 0x80;

    private const byte Pointer = 0x0f, Reference = 0x10, ValueType = 0x11, Class = 0x12, TypeVariable = 0x13, Array = 0x14,
        Instance = 0x15, Vector = 0x1d, MethodVariable = 0x1e, RequiredModifier = 0x1f, OptionalModifier = 0x20,
        NativeValueType = 0x3d, Canon = 0x3e, OtherModule = 0x3f;

    private const int MostDepth = 32, MostArguments = 64;

    /// <summary>
    /// No signature is longer; and a name that takes more types or characters is none: specifications may name each other, and so a few
    /// bytes any number of types.
    /// </summary>
    private const int MostBytes = 4096, MostTypes = 1024, MostText = 16 << 10;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly MetadataReader? _metadata;
    private StringBuilder? _text;
    private int _at;

    /// <summary>How many types may follow.</summary>
    private int _left = MostTypes;

    /// <summary>Tokens are another module's, whose names are not in this file.</summary>
    private bool _isElsewhere;

    private InstanceSignature(ReadOnlySpan<byte> bytes, MetadataReader? metadata, StringBuilder? text)
    {
        _bytes = bytes[..Math.Min(bytes.Length, MostBytes)];
        _metadata = metadata;
        _text = text;
    }

    /// <summary>Finds the end of a signature; false when it is none.</summary>
    public static bool TrySkip(ReadOnlySpan<byte> bytes, out int length)
    {
        var signature = new InstanceSignature(bytes, null, null);
        bool good = signature.TryMethod(out _);
        length = signature._at;
        return good;
    }

    /// <summary>Reads the method's type and name; false where they are in another module, or longer than any name.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, MetadataReader metadata, out string type, out string method)
    {
        var text = new StringBuilder();
        var signature = new InstanceSignature(bytes, metadata, text);
        type = method = "";
        if (!signature.TryMethod(out EntityHandle token) || signature._isElsewhere || token.IsNil)
            return false;
        bool hasOwner = text.Length > 0;
        if (token.Kind == HandleKind.MethodDefinition)
        {
            MethodDefinition definition = metadata.GetMethodDefinition((MethodDefinitionHandle)token);
            method = MetadataNames.Text(metadata, definition.Name);
            if (!hasOwner)
                MetadataNames.Write(text, metadata, definition.GetDeclaringType());
        }
        else
        {
            MemberReference reference = metadata.GetMemberReference((MemberReferenceHandle)token);
            method = MetadataNames.Text(metadata, reference.Name);
            if (!hasOwner && !signature.TryWriteType(text, metadata, reference.Parent, depth: 0))
                return false;
        }

        type = text.ToString();
        return true;
    }

    /// <summary>Writes a type that a token names, which may be the signature of an instance.</summary>
    private bool TryWriteType(StringBuilder text, MetadataReader metadata, EntityHandle token, int depth)
    {
        if (token.Kind != HandleKind.TypeSpecification)
        {
            MetadataNames.Write(text, metadata, token);
            return text.Length <= MostText;
        }

        BlobReader blob = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)token).Signature);
        var signature = new InstanceSignature(blob.ReadBytes(blob.Length), metadata, text) { _left = _left };
        bool good = signature.TryType(depth + 1);
        _left = signature._left;
        return good;
    }

    private bool TryMethod(out EntityHandle token)
    {
        token = default;
        uint flags = Number();
        _isElsewhere = (flags & UpdateContext) != 0 && Number() != 0;
        if ((flags & SlotInsteadOfToken) != 0 || ((flags & OwnerType) != 0 && !TryType(0)))
            return false;
        int row = (int)(Number() & 0xffffff);
        token = (flags & MemberReference) != 0 ? MetadataTokens.MemberReferenceHandle(row) : MetadataTokens.MethodDefinitionHandle(row);
        // Which instance of a generic method it is goes into no name, as in the runtime's own.
        _text = null;
        uint arguments = (flags & MethodInstantiation) != 0 ? Number() : 0;
        if (arguments > MostArguments)
            return false;
        for (uint i = 0; i < arguments; i++)
        {
            if (!TryType(1))
                return false;
        }

        return ((flags & Constrained) == 0 || TryType(1)) && _at <= _bytes.Length;
    }

    private bool TryType(int depth)
    {
        if (depth > MostDepth || _at >= _bytes.Length || _left-- <= 0 || _text?.Length > MostText)
            return false;
        byte kind = _bytes[_at++];
        switch (kind)
        {
            case ValueType or Class:
                return TryToken(depth);
            case TypeVariable or MethodVariable:
                Write(kind == TypeVariable ? "!" : "!!");
                Write(Number().ToString(CultureInfo.InvariantCulture));
                return true;
            case Pointer or Reference or Vector:
                bool good = TryType(depth + 1);
                Write(kind switch { Pointer => "*", Reference => "&", _ => "[]" });
                return good;
            case RequiredModifier or OptionalModifier:
                Number();
                return TryType(depth + 1);
            case NativeValueType:
                return TryType(depth + 1);
            case Canon:
                Write("System.__Canon");
                return true;
            case Instance:
                return TryInstance(depth);
            case Array:
                return TryArray(depth);
            case OtherModule:
                bool outside = _isElsewhere;
                _isElsewhere |= Number() != 0;
                bool there = TryType(depth + 1);
                _isElsewhere = outside;
                return there;
            default:
                if (s_primitives.Length <= kind || s_primitives[kind] is not { } name)
                    return false;
                Write(name);
                return true;
        }
    }

    private bool TryInstance(int depth)
    {
        if (!TryType(depth + 1))
            return false;
        uint count = Number();
        if (count is 0 or > MostArguments)
            return false;
        for (uint i = 0; i < count; i++)
        {
            Write(i == 0 ? "[" : ",");
            if (!TryType(depth + 1))
                return false;
        }

        Write("]");
        return true;
    }

    /// <summary>Type, rank, and the sizes and lower bounds that are given.</summary>
    private bool TryArray(int depth)
    {
        if (!TryType(depth + 1))
            return false;
        uint rank = Number();
        if (rank is 0 or > MostArguments)
            return false;
        for (int list = 0; list < 2; list++)
        {
            uint count = Number();
            if (count > rank)
                return false;
            for (uint i = 0; i < count; i++)
                Number();
        }

        Write($"[{new string(',', (int)rank - 1)}]");
        return true;
    }

    private bool TryToken(int depth)
    {
        uint coded = Number();
        if (_text is null || _metadata is null)
            return true;
        int row = (int)(coded >> 2);
        if (_isElsewhere)
        {
            _text.Append('?');
            return true;
        }

        return TryWriteType(_text, _metadata, (coded & 3) switch
        {
            0 => MetadataTokens.TypeDefinitionHandle(row),
            1 => MetadataTokens.TypeReferenceHandle(row),
            _ => MetadataTokens.TypeSpecificationHandle(row),
        }, depth);
    }

    private readonly void Write(string text) => _text?.Append(text);

    /// <summary>A number of one, two or four bytes (ECMA-335 II.23.2).</summary>
    private uint Number()
    {
        uint first = Next();
        if ((first & 0x80) == 0)
            return first;
        if ((first & 0x40) == 0)
            return (first & 0x3f) << 8 | Next();
        return (first & 0x1f) << 24 | Next() << 16 | Next() << 8 | Next();
    }

    /// <summary>Behind the end there are zeros; whoever reads on has moved beyond it.</summary>
    private uint Next() => _at++ < _bytes.Length ? _bytes[_at - 1] : 0u;

    private static readonly string?[] s_primitives =
    [
        null, "System.Void", "System.Boolean", "System.Char", "System.SByte", "System.Byte", "System.Int16", "System.UInt16",
        "System.Int32", "System.UInt32", "System.Int64", "System.UInt64", "System.Single", "System.Double", "System.String", null,
        null, null, null, null, null, null, "System.TypedReference", null, "System.IntPtr", "System.UIntPtr", null, null, "System.Object",
    ];
}
