using System.CommandLine;
using System.Globalization;
using Diagnose.Analyze.Hits;
using Diagnose.Analyze.Import;
using Diagnose.Commands;

namespace Diagnose.Analyze.Commands;

/// <summary>The command line of <c>import</c>.</summary>
internal static class ImportCommand
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "the recording: perf.data, or what perf script printed; - is standard input" };
        var output = new Option<string>("--output", "-o") { Description = "the trace to write; - is standard output", Required = true, HelpName = "FILE.dtt" };
        Option<string[]> events = EventOption.Create();
        var kallsyms = new Option<string>("--kallsyms") { Description = "a copy of the recorded machine's /proc/kallsyms, which names kernel frames", HelpName = "FILE" };
        var symfs = new Option<string>("--symfs") { Description = "a folder with the recorded machine's files, which name user frames", HelpName = "DIR" };
        var command = new Command("import", "Makes a trace of what perf recorded.") { file, output, events, kallsyms, symfs };
        command.SetAction(result => Run(result.GetRequiredValue(file), result.GetRequiredValue(output), new ImportOptions
        {
            Events = result.GetValue(events) ?? [],
            Kallsyms = result.GetValue(kallsyms),
            SymbolRoot = result.GetValue(symfs)?.TrimEnd('/') ?? "",
            ZstdLevel = 1,
        }));
        return command;
    }

    private static int Run(string path, string output, ImportOptions options)
    {
        if (Refused(options) is { } refused)
            return Fail(refused);
        if (TraceInput.Map("import", path) is not { } file)
            return 1;
        using (file)
        {
            if (!Recordings.LooksLikeOne(file))
                return Fail($"{path}: neither perf.data (no magic at offset 0) nor the text of perf script");
            using IImportedSegments? segments = Recordings.Open(file, options, TraceInput.Written(path), out string? error);
            return segments is null ? Fail($"{path}: {error}") : Write(path, file, segments, output);
        }
    }

    /// <summary>What is said to name frames and is not there.</summary>
    private static string? Refused(ImportOptions options) =>
        options.Kallsyms is { } kallsyms && !File.Exists(kallsyms) ? $"cannot read {kallsyms}: there is no such file"
        : options.SymbolRoot.Length > 0 && !Directory.Exists(options.SymbolRoot) ? $"cannot read {options.SymbolRoot}: there is no such folder"
        : null;

    private static int Write(string path, MappedFile read, IImportedSegments segments, string output)
    {
        try
        {
            using (TraceInput.Progress("import", path, read, fillsOutput: output == "-"))
            using (Stream stream = output == "-" ? new StandardOutput() : Create(output, read))
            {
                while (segments.TryFill())
                    stream.Write(segments.Bytes.Span);
            }
        }
        catch (IOException failure) when (output == "-")
        {
            return OutputFailure.Conclude("import", failure, mustBeRead: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Fail($"cannot write {output}: {TraceInput.Reason(failure)}");
        }

        foreach (string notice in segments.Notices)
            TraceInput.Say("import", notice);
        bool isDamaged = TraceInput.SayImported("import", path, segments);
        if (segments.Error is { } error)
        {
            TraceInput.Say("import", $"{path}: {error}");
            isDamaged = true;
        }

        TraceInput.Say("import", Summary(segments) + $" -> {output}");
        return isDamaged ? 1 : 0;
    }

    private static string Summary(IImportedSegments segments)
    {
        string perHit = segments.Hits == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $", {(double)segments.BytesWritten / segments.Hits:0.0} bytes per hit");
        const int mostNamed = 10;
        string more = segments.Taken.Count > mostNamed ? $" and {segments.Taken.Count - mostNamed} more events" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{segments.Hits} hits of {string.Join(", ", segments.Taken.Take(mostNamed))}{more}, {segments.Lost} lost, {segments.BytesWritten} bytes{perHit}");
    }

    /// <summary>As a recording is written: it shows what every program was doing, so it is its owner's alone.</summary>
    private static FileStream Create(string path, MappedFile read)
    {
        var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
            UnixCreateMode = OwnerOnly,
        });
        // What is emptied while it is read would be lost, and end the process.
        if (read.IsSameAs(stream.SafeFileHandle))
        {
            stream.Dispose();
            throw new IOException("it is what is read");
        }

        // /dev/null must be neither cut nor made private.
        if (RegularFile.IsRegular(stream.SafeFileHandle))
        {
            stream.SetLength(0);
            File.SetUnixFileMode(stream.SafeFileHandle, OwnerOnly);
        }

        return stream;
    }

    private static int Fail(string reason)
    {
        TraceInput.Say("import", reason);
        return 1;
    }
}
