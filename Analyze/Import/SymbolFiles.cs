using System.Text;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Report;
using Diagnose.Formats.Symbols;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Import;

/// <summary>
/// Finds the files that a recording's mappings name: the one at the path where its build ID is the recorded one, or where
/// none was recorded; else the copy that perf kept. Names come from its separate debug file where it has lost its own.
/// </summary>
/// <param name="root">Folder that stands for the root of the recorded machine, or empty.</param>
internal sealed class SymbolFiles(string root, RecordedBuildIds buildIds, Notices notices) : IModuleFiles
{
    private readonly byte[] _root = Encoding.UTF8.GetBytes(root);

    public bool MayVanish => false;

    public byte[] BuildIdOf(ReadOnlySpan<byte> path) => buildIds.Of(path);

    public ModuleFile? Open(int pid, ulong start, ulong end, ReadOnlySpan<byte> path, ReadOnlySpan<byte> buildId)
    {
        ModuleFile? file = Open(RegularFile.Open((byte[])[.. _root, .. path], out long length, out _), length);
        if (file is not null && !buildId.IsEmpty && !buildId.SequenceEqual(file.BuildId))
        {
            notices.Say(PrintableText.Of(path), "the file here is another one than was recorded, by its build ID");
            file.Dispose();
            file = null;
        }

        if (file is null && !buildId.IsEmpty)
            file = Open(BuildIdCache.Kept(buildId, "elf", out length), length);
        if (file is { HasSymbolTable: false, BuildId.Length: > 0 })
            AddDebugFile(file, path.ToArray());
        return file;
    }

    private void AddDebugFile(ModuleFile file, byte[] path)
    {
        if (Open(BuildIdCache.Kept(file.BuildId, "debug", out long length), length) is { } kept && file.TryTakeDebugFile(kept))
            return;
        foreach (byte[] place in DebugFilePlaces.Of(file.BuildId, path, file.ReadDebugLink))
        {
            if (Open(RegularFile.Open((byte[])[.. _root, .. place], out length, out _), length) is { } debug && file.TryTakeDebugFile(debug))
                return;
        }
    }

    private static ModuleFile? Open(SafeFileHandle? file, long length) =>
        file is not null && FileParts.Open(file, length) is { } parts ? ModuleFile.Open(parts) : null;
}
