using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Diagnose.Formats.DotNet;

namespace Diagnose.Formats.Tests.DotNet;

public sealed class InstanceSignatureTests
{
    private const byte Class = 0x12, Instance = 0x15, Vector = 0x1d;

    /// <summary>Row 1 of the specifications, as a type's token is coded.</summary>
    private const byte First = 1 << 2 | 2;

    /// <summary>A method's owner, the specification; then the method's row.</summary>
    private static readonly byte[] s_method = [0x40, Class, First, 1];

    [Fact]
    public void A_specification_is_read_through()
    {
        Assert.True(TryRead([Vector, 0x08], out string type, out string method));
        Assert.Equal(("System.Int32[]", "Method"), (type, method));
    }

    [Fact]
    public void A_specification_that_names_itself_names_nothing()
    {
        Assert.False(TryRead([Class, First], out _, out _));
        Assert.False(TryRead([Vector, Class, First], out _, out _));
    }

    [Fact]
    public void One_that_names_itself_many_times_is_given_up_soon()
    {
        byte[] self = [Class, First];
        var time = Stopwatch.StartNew();
        Assert.False(TryRead([Instance, .. self, 64, .. Enumerable.Repeat(self, 64).SelectMany(bytes => bytes)], out _, out _));
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public void Few_bytes_make_no_long_name()
    {
        Assert.True(TryRead(Doubled(3), out string type, out _));
        Assert.Equal(8, type.Split("System.Int32").Length - 1);
        Assert.False(TryRead(Doubled(10), out _, out _));
        Assert.False(TryRead([Class, 1 << 2], out _, out _, new string('x', 1 << 20), many: 64));
    }

    [Fact]
    public void A_reference_into_a_module_has_no_type()
    {
        MetadataBuilder builder = Module("Method");
        builder.AddMemberReference(builder.AddModuleReference(builder.GetOrAddString("native")), builder.GetOrAddString("Imported"), default);
        // A member reference.
        Assert.True(TryRead(builder, [0x10, 1], out string type, out string method));
        Assert.Equal(("", "Imported"), (type, method));
    }

    /// <summary>Specifications of which each is the next one, of the next one; the last is a number.</summary>
    private static byte[][] Doubled(int times) =>
    [
        .. Enumerable.Range(2, times).Select(next => (byte)(next << 2 | 2)).Select(next => (byte[])[Instance, Class, next, 1, Class, next]),
        [0x08],
    ];

    private static bool TryRead(byte[] specification, out string type, out string method) => TryRead([specification], out type, out method);

    private static bool TryRead(byte[][] specifications, out string type, out string method)
    {
        MetadataBuilder builder = Module("Method");
        foreach (byte[] specification in specifications)
            builder.AddTypeSpecification(builder.GetOrAddBlob(specification));
        return TryRead(builder, s_method, out type, out method);
    }

    /// <summary>The owner has <paramref name="many"/> arguments of a type with a long name.</summary>
    private static bool TryRead(byte[] argument, out string type, out string method, string name, int many)
    {
        MetadataBuilder builder = Module("Method", name);
        return TryRead(builder, [0x40, Instance, .. argument, (byte)many, .. Enumerable.Repeat(argument, many).SelectMany(bytes => bytes), 1], out type, out method);
    }

    private static MetadataBuilder Module(string method, string type = "Type")
    {
        var builder = new MetadataBuilder();
        builder.AddModule(0, builder.GetOrAddString("m"), builder.GetOrAddGuid(Guid.NewGuid()), default, default);
        builder.AddTypeDefinition(default, default, builder.GetOrAddString(type), default, MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        builder.AddMethodDefinition(default, default, builder.GetOrAddString(method), builder.GetOrAddBlob(new byte[] { 0, 0, 1 }), -1, default);
        return builder;
    }

    private static unsafe bool TryRead(MetadataBuilder builder, byte[] signature, out string type, out string method)
    {
        var blob = new BlobBuilder();
        new MetadataRootBuilder(builder, suppressValidation: true).Serialize(blob, 0, 0);
        byte[] bytes = blob.ToArray();
        fixed (byte* start = bytes)
            return InstanceSignature.TryRead(signature, new MetadataReader(start, bytes.Length), out type, out method);
    }
}
