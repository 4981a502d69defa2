using Diagnose.Analyze.Hits;

namespace Diagnose.Analyze.Import;

/// <summary>What of other tools' recordings is read as a trace: perf's file, and the text that perf prints of it.</summary>
internal static class Recordings
{
    /// <summary>Bytes at the start of a file that tell what it is.</summary>
    public const int TellingBytes = MappedFile.HeadBytes;

    public static bool LooksLikeOne(MappedFile file) =>
        PerfDataSegments.LooksLikeOne(file.Slice(0, TellingBytes)) || PerfScriptSegments.LooksLikeOne(file.Slice(0, TellingBytes));

    /// <summary>Opens a file that <see cref="LooksLikeOne"/>, which stays the caller's. Null, with the reason, when it cannot be read.</summary>
    /// <param name="written">When the file was last written; null where nobody knows.</param>
    public static IImportedSegments? Open(MappedFile file, ImportOptions options, DateTime? written, out string? error)
    {
        error = null;
        return PerfDataSegments.LooksLikeOne(file.Slice(0, TellingBytes))
            ? PerfDataSegments.Open(file, options, written, out error) : new PerfScriptSegments(file.OpenStream(), options);
    }
}
