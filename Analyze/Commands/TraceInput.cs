using Diagnose.Analyze.Hits;
using Diagnose.Formats.Trace;

namespace Diagnose.Analyze.Commands;

/// <summary>A trace opened for a command, and what the command must say about it at the end.</summary>
internal sealed class TraceInput : IDisposable
{
    private readonly string _command;
    private readonly string _path;
    private readonly MappedFile _file;

    private TraceInput(string command, string path, MappedFile file, TraceReader trace)
    {
        _command = command;
        _path = path;
        _file = file;
        Trace = trace;
    }

    public TraceReader Trace { get; }

    /// <summary>Maps a file; on failure says why on standard error and gives null.</summary>
    public static MappedFile? Map(string command, string path)
    {
        try
        {
            return new MappedFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string reason = failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "permission denied, or it is a folder",
                _ => failure.Message,
            };
            Say(command, $"cannot read {path}: {reason}");
            return null;
        }
    }

    public static TraceInput? Open(string command, string path)
    {
        if (Map(command, path) is not { } file)
            return null;
        if (!TraceReader.LooksLikeTrace(file.Slice(0, 4096)))
            Say(command, $"{path}: not a trace (no magic at offset 0)");
        else if (Open(command, path, file) is { } input)
            return input;
        file.Dispose();
        return null;
    }

    /// <summary>Takes over a mapped file that looks like a trace.</summary>
    public static TraceInput? Open(string command, string path, MappedFile file)
    {
        if (TraceReader.TryOpen(file, out TraceReader trace, out string? error))
            return new TraceInput(command, path, file, trace);
        Say(command, $"{path}: {error}");
        return null;
    }

    /// <summary>Says what could not be read. The exit status: 0 when everything was, 1 when anything is missing.</summary>
    public int Conclude()
    {
        int status = 0;
        foreach (TraceDamage damage in Trace.Damage)
        {
            string hits = damage.Hits > 0 ? $", {damage.Hits} hits lost" : "";
            Say(_command, $"{_path}: offset {damage.Offset}: {damage.Reason} ({damage.Bytes} bytes passed over{hits})");
            status |= damage.IsRepaired ? 0 : 1;
        }

        if (Trace.IsComplete)
            return status;
        Say(_command, $"{_path}: offset {Trace.Length}: the file ends without its totals: the recorder was killed, or the end is cut off");
        return 1;
    }

    public void Dispose() => _file.Dispose();

    public static void Say(string command, string text) => Console.Error.WriteLine($"diagnose-tools {command}: {text}");
}
