using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Symbols;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Capture.Live;

/// <summary>Opens mapped files through the processes that map them.</summary>
internal sealed class LiveModuleFiles(Notices notices) : IModuleFiles
{
    public ModuleFile? Open(int pid, ulong start, ulong end, ReadOnlySpan<byte> path, ReadOnlySpan<byte> buildId)
    {
        // The kernel's own link to the mapped file finds the very file, whatever its path names by now.
        if (FileImage.OpenMappedFile(pid, start, end, path) is { } mapped && Check(mapped, buildId) is { } found)
            return WithDebugFile(found, pid, path);
        // The process may be gone already. A file of the same path on the host is the same one if its build ID says so.
        return buildId.Length > 0 && path.StartsWith("/"u8) && FileImage.OpenUnderRoot(Environment.ProcessId, path) is { } own
            && Check(own, buildId) is { } same ? WithDebugFile(same, Environment.ProcessId, path) : null;
    }

    /// <summary>
    /// What is installed has mostly lost the linker's symbols; where the package of debug symbols is there too, in the process's own
    /// root or in ours, it has them.
    /// </summary>
    private static ModuleFile WithDebugFile(ModuleFile file, int pid, ReadOnlySpan<byte> path)
    {
        if (file.HasSymbolTable)
            return file;
        int own = Environment.ProcessId;
        foreach (byte[] place in DebugFilePlaces.Of(file.BuildId, path.ToArray(), file.ReadDebugLink))
        {
            if (TryTake(file, FileImage.OpenUnderRoot(pid, place)) || (pid != own && TryTake(file, FileImage.OpenUnderRoot(own, place))))
                break;
        }

        return file;
    }

    private static bool TryTake(ModuleFile file, SafeFileHandle? found) =>
        found is not null && FileImage.TryOpen(found, int.MaxValue, out FileImage? image, out _) && ModuleFile.Open(image!) is { } debug
        && file.TryTakeDebugFile(debug);

    private ModuleFile? Check(SafeFileHandle handle, ReadOnlySpan<byte> buildId)
    {
        // What is larger than an array is not read for symbols.
        if (!FileImage.TryOpen(handle, int.MaxValue, out FileImage? image, out _) || ModuleFile.Open(image!) is not { } file)
            return null;
        if (buildId.IsEmpty || file.BuildId.AsSpan().SequenceEqual(buildId))
            return file;
        notices.Say("a file was replaced while it was mapped: frames in the old one stay unnamed");
        file.Dispose();
        return null;
    }
}
