using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Diagnose.Analyze.Filters;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Import;
using Diagnose.Analyze.Output;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>
/// A trace, or a recording of another tool that is read as one, opened for a command, and what the command must say about
/// each of its segments.
/// </summary>
internal sealed class TraceInput : IDisposable
{
    /// <summary>Places of damage that are said; the number of all is.</summary>
    private const int MostPlaces = 10;

    private const ulong NsPerUs = 1000;

    private readonly string _command;
    private readonly string _path;
    private readonly MappedFile _file;
    private readonly ITraceSegments _segments;
    private readonly IImportedSegments? _imported;
    private readonly HitFilters _filters;
    private readonly EventSelection _selection;
    private readonly HashSet<string> _events = [];
    private ulong? _firstHit;
    private TraceReader? _current;
    private bool _isAtEnd;
    private FileProgress? _progress;

    private TraceInput(string command, string path, MappedFile file, ITraceSegments segments, HitFilters filters)
    {
        _command = command;
        _path = path;
        _file = file;
        _segments = segments;
        _imported = segments as IImportedSegments;
        _filters = filters;
        _selection = new EventSelection([.. filters.Events]);
    }

    /// <summary>Bytes of the file.</summary>
    public long Length => _file.Length;

    /// <summary>Why the file was not read to its end; null where it was, or is still being read.</summary>
    public string? Error => _segments.Error;

    /// <summary>What the file is, where it is no trace.</summary>
    public string? Format => _imported?.Format;

    /// <summary>What of a file that is no trace could not be read.</summary>
    public IReadOnlyList<string> Damage => _imported?.Damage ?? [];

    /// <summary>Which hits of the current segment are wanted; null for all that it has.</summary>
    public SegmentFilter? Filter { get; private set; }

    /// <summary>Hits of each event that were used, for whoever counts them.</summary>
    public EventHits Events { get; } = new();

    /// <summary>The exit status so far: 0 when everything was read, 1 when anything is missing.</summary>
    public int Status { get; private set; }

    /// <summary>Maps a file; on failure says why on standard error and gives null.</summary>
    public static MappedFile? Map(string command, string path)
    {
        try
        {
            var file = new MappedFile(path);
            // Only text is read from front to end; of a pipe with anything else all must be there.
            if (!ReportReader.LooksLikeReport(file.Slice(0, MappedFile.HeadBytes)) && !PerfScriptSegments.LooksLikeOne(file.Slice(0, MappedFile.HeadBytes)))
                file.Load();
            return file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Say(command, $"cannot read {path}: {Reason(failure)}");
            return null;
        }
    }

    /// <param name="filters">Which hits are wanted; null for all.</param>
    public static TraceInput? Open(string command, string path, HitFilters? filters = null)
    {
        if (Map(command, path) is not { } file)
            return null;
        if (Holds(file))
            return Open(command, path, file, filters ?? HitFilters.None);
        Say(command, ReportReader.LooksLikeReport(file.Slice(0, MappedFile.HeadBytes))
            ? $"{path}: not a trace but the text of a report" : $"{path}: not a trace (no magic at offset 0)");
        file.Dispose();
        return null;
    }

    /// <summary>Takes over a mapped file that <see cref="Holds"/> hits; null, when it said why, where they cannot be read.</summary>
    public static TraceInput? Open(string command, string path, MappedFile file, HitFilters filters)
    {
        string? error = null;
        ITraceSegments? segments = IsTrace(file) ? new TraceSegments(file)
            : Recordings.Open(file, new ImportOptions { Events = [.. filters.Events] }, Written(path), out error);
        if (segments is not null)
            return new TraceInput(command, path, file, segments, filters);
        Say(command, $"{path}: {error}");
        file.Dispose();
        return null;
    }

    /// <summary>Whether a file is one that this class reads.</summary>
    public static bool Holds(MappedFile file) => IsTrace(file) || Recordings.LooksLikeOne(file);

    /// <summary>When a file was last written; null for standard input.</summary>
    public static DateTime? Written(string path) => path == "-" || !File.Exists(path) ? null : File.GetLastWriteTimeUtc(path);

    /// <summary>Tells a person who waits how far the file was read, until it is closed.</summary>
    /// <param name="fillsOutput">True where hits go to standard output while it is read.</param>
    public TraceInput ShowProgress(bool fillsOutput = false)
    {
        _progress = Progress(_command, _path, _file, fillsOutput);
        return this;
    }

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
        if (_isAtEnd)
            return false;
        if (_segments.TryNext(out segment) && TrySelect(segment))
        {
            _current = segment;
            return true;
        }

        _isAtEnd = true;
        segment = null;
        ConcludeAll();
        return false;
    }

    /// <summary>Says that hits of several events were taken together, where nobody asked for one.</summary>
    public void SayMixed()
    {
        if (_selection.IsAll && Events.Count > 1)
            Say(_command, $"{_path}: the hits of {Events.Count} events are taken together ({Events}); --event=NAME takes those of one");
    }

    public void Dispose()
    {
        _progress?.Dispose();
        _imported?.Dispose();
        _file.Dispose();
    }

    public static string Reason(Exception failure) => failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied, or it is a folder",
        _ => failure.Message,
    };

    /// <summary>Says one line on standard error, whatever the names in it hold.</summary>
    public static void Say(string command, string text) => FileProgress.Say($"diagnose-tools {command}: {string.Concat(text.Select(Shown))}");

    /// <summary>Tells a person who waits how far a file was read.</summary>
    /// <param name="fillsOutput">True where hits go to standard output while it is read.</param>
    public static FileProgress? Progress(string command, string path, MappedFile file, bool fillsOutput = false) =>
        FileProgress.Of($"diagnose-tools {command}: {string.Concat(path.Select(Shown))}", file, fillsOutput);

    /// <summary>Says what of a file that is no trace could not be read, and what was passed over; whether anything is missing.</summary>
    public static bool SayImported(string command, string path, IImportedSegments imported)
    {
        foreach (string place in imported.Damage.Take(MostPlaces))
            Say(command, $"{path}: {place}");
        if (imported.Damage.Count > MostPlaces)
            Say(command, $"{path}: and {imported.Damage.Count - MostPlaces} more such places");
        if (imported.Skipped is { } skipped)
            Say(command, $"{path}: {skipped}");
        return imported.Damage.Count > 0;
    }

    /// <summary>What is missing at the end of a segment without its totals; null where nothing is.</summary>
    public static string? Cut(TraceReader segment, long fileLength)
    {
        if (segment.IsComplete)
            return null;
        return segment.EndOffset == fileLength
            ? "the file ends without its totals: the recorder was killed, or the end is cut off"
            : "a segment ends without its totals: the recorder was killed, or the end was cut off; another segment follows";
    }

    private static bool IsTrace(MappedFile file) => TraceReader.LooksLikeTrace(file.Slice(0, MappedFile.HeadBytes));

    /// <summary>Finds what is wanted in a segment; false when it is all there is and has not the wanted events.</summary>
    private bool TrySelect(TraceReader segment)
    {
        Filter = null;
        bool isThere = TrySelect(segment, out bool[]? events);
        if (_filters.HasTimes && _firstHit is null && segment.HitBlocks.Count > 0)
            _firstHit = new WallClock(segment.Definitions).Realtime(segment.HitBlocks.Min(block => block.Header.FirstTime)) / NsPerUs;
        if (isThere)
            Filter = SegmentFilter.Of(segment.Definitions, _filters, events, _firstHit ?? 0);
        return isThere;
    }

    private bool TrySelect(TraceReader segment, out bool[]? events)
    {
        // Of other recordings only what is wanted was imported.
        events = null;
        if (_selection.IsAll || _imported is not null)
            return true;
        TraceDefinitions definitions = segment.Definitions;
        string[] names = [.. Enumerable.Range(0, definitions[TableId.Events].Count)
            .Select(id => PrintableText.Of(definitions.String(definitions.Event(id).Name)))];
        _events.UnionWith(names.Skip(1));
        events = [.. names.Select(name => name.Length > 0 && _selection.Takes(name, names))];
        return segment.EndOffset < Length || _selection.Problem(_events) is null;
    }

    private void ConcludeAll()
    {
        _progress?.Dispose();
        string? error = Error ?? (_imported is null && !_selection.IsAll ? _selection.Problem(_events) : null);
        if (error is not null)
        {
            Say(_command, $"{_path}: {error}");
            Status = 1;
        }

        if (_imported is not null && SayImported(_command, _path, _imported))
            Status = 1;
    }

    private void Conclude(TraceReader segment)
    {
        foreach (TraceDamage damage in segment.Damage)
        {
            string hits = damage.Hits > 0 ? $", {damage.Hits} hits lost" : "";
            Say(_command, $"{_path}: offset {damage.Offset}: {damage.Reason} ({damage.Bytes} bytes passed over{hits})");
            Status |= damage.IsRepaired ? 0 : 1;
        }

        // What was made of another recording is whole, and its offsets are not the file's.
        if (_imported is not null || Cut(segment, Length) is not { } cut)
            return;
        Say(_command, $"{_path}: offset {segment.EndOffset}: {cut}");
        Status = 1;
    }

    private static string Shown(char c) =>
        char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}") : c.ToString();
}
