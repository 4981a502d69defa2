using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Diagnose.Analyze.Hits;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>A trace opened for a command, and what the command must say about each of its segments.</summary>
internal sealed class TraceInput : IDisposable
{
    /// <summary>Bytes at the start of a file that tell what it is.</summary>
    private const int TellingBytes = 4096;

    private readonly string _command;
    private readonly string _path;
    private readonly MappedFile _file;
    private readonly TraceSegments _segments;
    private TraceReader? _current;

    /// <summary>Takes over a mapped file that looks like a trace.</summary>
    public TraceInput(string command, string path, MappedFile file)
    {
        _command = command;
        _path = path;
        _file = file;
        _segments = new TraceSegments(file);
    }

    /// <summary>Bytes of the file.</summary>
    public long Length => _file.Length;

    /// <summary>Why the file was not read to its end; null where it was, or is still being read.</summary>
    public string? Error => _segments.Error;

    /// <summary>The exit status so far: 0 when everything was read, 1 when anything is missing.</summary>
    public int Status { get; private set; }

    /// <summary>Maps a file; on failure says why on standard error and gives null.</summary>
    public static MappedFile? Map(string command, string path)
    {
        try
        {
            return new MappedFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Say(command, $"cannot read {path}: {Reason(failure)}");
            return null;
        }
    }

    public static TraceInput? Open(string command, string path)
    {
        if (Map(command, path) is not { } file)
            return null;
        if (IsTrace(file))
            return new TraceInput(command, path, file);
        Say(command, ReportReader.LooksLikeReport(file.Slice(0, TellingBytes))
            ? $"{path}: not a trace but the text of a report" : $"{path}: not a trace (no magic at offset 0)");
        file.Dispose();
        return null;
    }

    public static bool IsTrace(MappedFile file) => TraceReader.LooksLikeTrace(file.Slice(0, TellingBytes));

    /// <summary>
    /// The next segment; the one before must not be used any more. What could not be read of that is said now, when its
    /// hits were decoded.
    /// </summary>
    public bool TryNext([NotNullWhen(true)] out TraceReader? segment)
    {
        segment = null;
        if (_current is not null)
            Conclude(_current);
        _current = null;
        if (_segments.TryNext(out segment))
        {
            _current = segment;
            return true;
        }

        if (Error is not null)
        {
            Say(_command, $"{_path}: {Error}");
            Status = 1;
        }

        return false;
    }

    public void Dispose() => _file.Dispose();

    public static string Reason(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied, or it is a folder",
        _ => failure.Message,
    };

    /// <summary>Says one line on standard error, whatever the names in it hold.</summary>
    public static void Say(string command, string text) =>
        Console.Error.WriteLine($"diagnose-tools {command}: {string.Concat(text.Select(Shown))}");

    /// <summary>What is missing at the end of a segment without its totals; null where nothing is.</summary>
    public static string? Cut(TraceReader segment, long fileLength)
    {
        if (segment.IsComplete)
            return null;
        return segment.EndOffset == fileLength
            ? "the file ends without its totals: the recorder was killed, or the end is cut off"
            : "a segment ends without its totals: the recorder was killed, or the end was cut off; another segment follows";
    }

    private void Conclude(TraceReader segment)
    {
        foreach (TraceDamage damage in segment.Damage)
        {
            string hits = damage.Hits > 0 ? $", {damage.Hits} hits lost" : "";
            Say(_command, $"{_path}: offset {damage.Offset}: {damage.Reason} ({damage.Bytes} bytes passed over{hits})");
            Status |= damage.IsRepaired ? 0 : 1;
        }

        if (Cut(segment, Length) is not { } cut)
            return;
        Say(_command, $"{_path}: offset {segment.EndOffset}: {cut}");
        Status = 1;
    }

    private static string Shown(char c) =>
        char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString();
}
