using System.Text;

namespace Diagnose.Formats.PerfScript;

/// <summary>What the comment lines at the start of the text (<c>perf script --header</c>) say about the recording.</summary>
public sealed class PerfScriptFacts
{
    private const int MostLength = 4096;

    public string? Host { get; private set; }

    public string? Kernel { get; private set; }

    public string? Machine { get; private set; }

    public string? Version { get; private set; }

    public string? Command { get; private set; }

    public string? Cpus { get; private set; }

    internal void Add(ReadOnlySpan<byte> comment)
    {
        if (Value(comment, "hostname :"u8) is { } host)
            Host ??= host;
        else if (Value(comment, "os release :"u8) is { } kernel)
            Kernel ??= kernel;
        else if (Value(comment, "arch :"u8) is { } machine)
            Machine ??= machine;
        else if (Value(comment, "perf version :"u8) is { } version)
            Version ??= version;
        else if (Value(comment, "cmdline :"u8) is { } command)
            Command ??= command;
        else if (Value(comment, "nrcpus online :"u8) is { } cpus)
            Cpus ??= cpus;
    }

    private static string? Value(ReadOnlySpan<byte> comment, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> text = comment.TrimStart("# "u8);
        if (!text.StartsWith(key))
            return null;
        text = text[key.Length..].Trim((byte)' ');
        return text.IsEmpty ? null : Encoding.UTF8.GetString(text[..Math.Min(text.Length, MostLength)]);
    }
}
