namespace Diagnose.Capture.Commands;

/// <summary>The file that a trace goes to. It can hold what every program on the machine was doing, so only its owner may read it.</summary>
internal sealed class TraceFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly bool _wasMade;
    private readonly bool _isRegular;

    private TraceFile(string path, Stream stream, bool wasMade, bool isRegular)
    {
        _path = path;
        Stream = stream;
        _wasMade = wasMade;
        _isRegular = isRegular;
    }

    public Stream Stream { get; }

    /// <summary>Opens without touching what an earlier recording left there.</summary>
    public static TraceFile? Open(string path, out string? error)
    {
        error = null;
        if (path == "-")
            return new TraceFile(path, Console.OpenStandardOutput(), wasMade: false, isRegular: false);
        try
        {
            bool existed = File.Exists(path);
            var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                UnixCreateMode = OwnerOnly,
            });
            return new TraceFile(path, stream, !existed, stream.CanSeek);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            error = $"cannot write {path}: {Reason(failure)}; name another file with --output";
            return null;
        }
    }

    /// <summary>Empties the file: from here on it belongs to this recording.</summary>
    public void Begin()
    {
        if (!_isRegular)
            return;
        Stream.SetLength(0);
        File.SetUnixFileMode(((FileStream)Stream).SafeFileHandle, OwnerOnly);
    }

    /// <summary>Cuts off what a failed write left behind the last whole block.</summary>
    public void Keep(long bytes)
    {
        if (_isRegular && Stream.Length > bytes)
            Stream.SetLength(bytes);
    }

    /// <summary>Removes the file when nothing was recorded and it was not there before.</summary>
    public void Discard()
    {
        Dispose();
        if (_wasMade && _isRegular)
            File.Delete(_path);
    }

    public void Dispose() => Stream.Dispose();

    /// <summary>The system's own words for what went wrong.</summary>
    public static string Reason(Exception failure)
    {
        int errno = failure.HResult switch
        {
            // .NET keeps errno in HResult for what it has no exception of its own for.
            > 0 and < 4096 => failure.HResult,
            _ => 0,
        };
        return failure switch
        {
            UnauthorizedAccessException => "permission denied",
            DirectoryNotFoundException => "no such directory",
            _ when errno != 0 => Linux.Errno.Text(errno),
            _ => failure.Message,
        };
    }
}
