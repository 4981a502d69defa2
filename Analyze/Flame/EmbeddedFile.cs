using Diagnose.Analyze.Output;

namespace Diagnose.Analyze.Flame;

/// <summary>A script or style sheet that the build put together (FlameScripts.targets), and its hash.</summary>
internal static class EmbeddedFile
{
    /// <summary>Writes the file as it is.</summary>
    public static void Write(StreamBuffer output, string name)
    {
        using var resource = Open(name);
        Span<byte> part = stackalloc byte[1024];
        while (resource.Read(part) is > 0 and var length)
            output.Write(part[..length]);
    }

    /// <summary>Writes its SHA-256 as a content security policy has it.</summary>
    public static void WriteHash(StreamBuffer output, string name)
    {
        const int digits = 44;
        using var resource = Open(name + ".sha256");
        Span<byte> hash = stackalloc byte[digits];
        resource.ReadExactly(hash);
        output.Write("'sha256-"u8);
        output.Write(hash);
        output.Write("'"u8);
    }

    /// <summary>Writes the policy of a document that consists of one script and one style sheet and asks nobody for anything.</summary>
    public static void WritePolicy(StreamBuffer output, string script, string style)
    {
        output.Write("default-src 'none'; script-src "u8);
        WriteHash(output, script);
        output.Write("; style-src "u8);
        WriteHash(output, style);
        output.Write("; base-uri 'none'; form-action 'none'"u8);
    }

    private static Stream Open(string name) => typeof(EmbeddedFile).Assembly.GetManifestResourceStream("flame." + name)
        ?? throw new InvalidOperationException($"the build did not embed {name}");
}
