using Diagnose.Capture.Linux;
using Diagnose.Formats.Elf;
using Diagnose.Formats.Kernel;
using Diagnose.Formats.Symbols;

namespace Diagnose.Capture.Live;

/// <summary>The running kernel as /proc and /sys show it.</summary>
internal sealed class LiveKernel : IKernelSource
{
    private const string Kallsyms = "/proc/kallsyms";

    public KernelModules ReadModules() => KernelModules.Parse(Read("/proc/modules"));

    public byte[] ReadBuildId(string? module)
    {
        // A module's name comes from the kernel, but it becomes part of a path.
        if (module is not null && (module.Contains('/', StringComparison.Ordinal) || module.StartsWith('.')))
            return [];
        byte[] notes = Read(module is null ? "/sys/kernel/notes" : $"/sys/module/{module}/notes/.note.gnu.build-id");
        return ElfNotes.TryFindBuildId(notes, out ReadOnlySpan<byte> buildId) ? buildId.ToArray() : [];
    }

    public ulong ReadTextBase()
    {
        // It stands near the start of the list, and printing the whole list takes the kernel long.
        using FileStream? list = Open();
        if (list is null)
            return 0;
        var builder = new KernelSymbolsBuilder();
        byte[] chunk = new byte[1 << 16];
        for (int read, total = 0; total < 4 << 20 && (read = list.Read(chunk)) > 0; total += read)
        {
            builder.Append(chunk.AsSpan(0, read));
            if (chunk.AsSpan(0, read).IndexOf(" _text\n"u8) >= 0 || chunk.AsSpan(0, read).IndexOf(" _stext\n"u8) >= 0)
                break;
        }

        KernelSymbols head = builder.Build();
        return head.TryFindAddress("_text"u8, out ulong address) || head.TryFindAddress("_stext"u8, out address) ? address : 0;
    }

    public KernelSymbols ReadSymbols()
    {
        var builder = new KernelSymbolsBuilder();
        using FileStream? list = Open();
        byte[] chunk = new byte[1 << 18];
        for (int read; list is not null && (read = list.Read(chunk)) > 0;)
            builder.Append(chunk.AsSpan(0, read));
        return builder.Build();
    }

    private static FileStream? Open()
    {
        try
        {
            return new FileStream(Kallsyms, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A kernel without kallsyms: its frames stay unnamed.
            return null;
        }
    }

    private static byte[] Read(string path)
    {
        byte[] buffer = [];
        return KernelFile.TryRead(System.Text.Encoding.UTF8.GetBytes(path + '\0'), ref buffer, out Span<byte> content, out _)
            ? content.ToArray() : [];
    }
}
