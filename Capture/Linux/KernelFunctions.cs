using System.Text;

namespace Diagnose.Capture.Linux;

/// <summary>The names of kernel functions, for messages about a probe that cannot be placed.</summary>
public static class KernelFunctions
{
    /// <summary>Every function of the kernel and its modules in /proc/kallsyms; empty when it cannot be read.</summary>
    public static IReadOnlySet<string> Names()
    {
        byte[] buffer = [];
        return KernelFile.TryRead("/proc/kallsyms\0"u8, ref buffer, out var text, out _) ? ParseNames(text) : new HashSet<string>();
    }

    /// <summary>True when the kernel's list of functions that kprobes must not touch can be read and has this one.</summary>
    public static bool IsBlacklisted(string function)
    {
        byte[] buffer = [];
        return KernelFile.TryRead("/sys/kernel/debug/kprobes/blacklist\0"u8, ref buffer, out var text, out _)
            && IsBlacklisted(text, Encoding.UTF8.GetBytes(function));
    }

    /// <summary>Lines are <c>ffffffff81000000 t name\t[module]</c>; T, t, W and w are code.</summary>
    internal static HashSet<string> ParseNames(ReadOnlySpan<byte> text)
    {
        var names = new HashSet<string>();
        while (!text.IsEmpty)
        {
            var line = Digits.TakeUntil(ref text, (byte)'\n');
            Digits.TakeUntil(ref line, (byte)' ');
            var type = Digits.TakeUntil(ref line, (byte)' ');
            var name = Digits.TakeUntil(ref line, (byte)'\t');
            if (type.Length == 1 && (type[0] | 0x20) is 't' or 'w' && !name.IsEmpty) names.Add(Encoding.UTF8.GetString(name));
        }

        return names;
    }

    /// <summary>Lines are <c>0xffffffff81000000-0xffffffff81000010\tname</c>.</summary>
    internal static bool IsBlacklisted(ReadOnlySpan<byte> text, ReadOnlySpan<byte> function)
    {
        while (!text.IsEmpty)
        {
            var line = Digits.TakeUntil(ref text, (byte)'\n');
            Digits.TakeUntil(ref line, (byte)'\t');
            if (line.SequenceEqual(function)) return true;
        }

        return false;
    }
}
