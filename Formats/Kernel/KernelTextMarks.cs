namespace Diagnose.Formats.Kernel;

/// <summary>
/// Symbols of the linker script around the parts of the kernel's text (include/asm-generic/sections.h and vmlinux.lds.h):
/// "_stext", "__entry_text_start", "_etext", "__irqentry_text_end".
/// </summary>
internal static class KernelTextMarks
{
    public static bool Contain(ReadOnlySpan<byte> name) => IsStart(name) || IsEnd(name);

    /// <summary>Behind the last function of a part: no code is its own.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> name) => name is [(byte)'_', ..]
        && (name.SequenceEqual("_etext"u8) || name.SequenceEqual("_einittext"u8) || name.SequenceEqual("_end"u8)
            || (name.StartsWith("__"u8) && name.EndsWith("_text_end"u8)));

    private static bool IsStart(ReadOnlySpan<byte> name) => name is [(byte)'_', ..]
        && (name.SequenceEqual("_text"u8) || name.SequenceEqual("_stext"u8) || name.SequenceEqual("_sinittext"u8)
            || (name.StartsWith("__"u8) && name.EndsWith("_text_start"u8)));
}
