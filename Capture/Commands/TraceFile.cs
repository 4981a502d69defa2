using Diagnose.Capture.Linux;
using Diagnose.Commands;

namespace Diagnose.Capture.Commands;

/// <summary>The file that a trace goes to. It can hold what every program on the machine was doing, so only its owner may read it.</summary>
internal sealed class TraceFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly bool _wasMade;
    private readonly bool _isRegular;

    private readonly Stream _file;
    private readonly HeldStream _held;

    private TraceFile(string path, Stream file, bool wasMade, bool isRegular)
    {
        _path = path;
        _file = file;
        _held = new HeldStream(file);
        _wasMade = wasMade;
        _isRegular = isRegular;
    }

    /// <summary>Where the trace is written; nothing reaches the file before <see cref="Begin"/>.</summary>
    public Stream Stream => _held;

    /// <summary>True once the file belongs to this recording.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Opens without touching what an earlier recording left there.</summary>
    public static TraceFile? Open(string path, out string? error)
    {
        error = null;
        if (path == "-")
            return new TraceFile(path, new StandardOutput(), wasMade: false, isRegular: false);
        try
        {
            if (Directory.Exists(path))
                return Refuse(path, "it is a folder", out error);
            bool existed = File.Exists(path);
            var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                UnixCreateMode = OwnerOnly,
            });
            // Seeking tells nothing: /dev/null lets itself be sought, and must be neither cut nor made private.
            bool isRegular = FileStatus.TryGet(stream.SafeFileHandle, out FileStatus status, out _) && status.IsRegular;
            if (isRegular && !FileLock.TryTake(stream.SafeFileHandle))
            {
                stream.Dispose();
                return Refuse(path, "another recording is writing it", out error);
            }

            return new TraceFile(path, stream, !existed, isRegular);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return Refuse(path, Errno.Reason(failure), out error);
        }
    }

    /// <summary>Empties the file and lets the trace into it: from here on it belongs to this recording.</summary>
    public void Begin()
    {
        HasBegun = true;
        if (_isRegular)
        {
            _file.SetLength(0);
            File.SetUnixFileMode(((FileStream)_file).SafeFileHandle, OwnerOnly);
        }

        _held.Release();
    }

    /// <summary>Cuts off what a failed write left behind the last whole block.</summary>
    public void Keep(long bytes)
    {
        if (_isRegular && _file.Length > bytes)
            _file.SetLength(bytes);
    }

    /// <summary>Removes the file when nothing was recorded and it was not there before.</summary>
    public void Discard()
    {
        Dispose();
        if (_wasMade && _isRegular)
            File.Delete(_path);
    }

    public void Dispose() => _file.Dispose();

    private static TraceFile? Refuse(string path, string reason, out string error)
    {
        error = $"cannot write {path}: {reason}; name another file with --output";
        return null;
    }
}
