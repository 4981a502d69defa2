using System.Globalization;
using Diagnose.Commands;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Control;

/// <summary>
/// A finished segment in the spool. Its name tells its place in the row and what would be missing without it, so that
/// whoever removes it need not read it: <c>NUMBER-HITS-LOST-REMOVED.dtt</c>.
/// </summary>
internal readonly record struct SpoolFile(string Path, long Number, EndedSegment Segment, long Bytes)
{
    public const string Extension = RecorderPlace.FinishedExtension;

    public static string NameOf(long number, in EndedSegment segment) => string.Create(CultureInfo.InvariantCulture,
        $"{number:D10}-{segment.Hits}-{segment.Lost}-{segment.Removed}{Extension}");

    /// <summary>The segments of a folder in the order in which they were recorded.</summary>
    public static List<SpoolFile> List(string folder)
    {
        List<SpoolFile> files = [];
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            if (Parse(path) is { } file)
                files.Add(file);
        }

        files.Sort((a, b) => a.Number.CompareTo(b.Number));
        return files;
    }

    /// <summary>Counts the hits in a segment that has no totals: only its recorder knew them.</summary>
    public static ulong CountHits(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> bytes = stackalloc byte[BlockHeader.Size];
        ulong hits = 0;
        for (long at = FileHeader.Size; at + BlockHeader.Size <= file.Length;)
        {
            file.Position = at;
            if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || !BlockHeader.TryRead(bytes, out BlockHeader header))
                break;
            at += BlockHeader.Size + header.Length;
            if (header.Kind == BlockKind.Hits && at <= file.Length)
                hits += header.Items;
        }

        return hits;
    }

    private static SpoolFile? Parse(string path)
    {
        string[] parts = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        Span<ulong> numbers = stackalloc ulong[4];
        if (parts.Length != numbers.Length)
            return null;
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!ulong.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        }

        var status = new FileInfo(path);
        return status.Exists && numbers[0] < long.MaxValue
            ? new SpoolFile(path, (long)numbers[0], new EndedSegment(numbers[1], numbers[2], numbers[3]), status.Length) : null;
    }
}
