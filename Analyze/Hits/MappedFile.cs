using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Diagnose.Analyze.Import;
using Diagnose.Formats.Bytes;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Hits;

/// <summary>
/// A file of any size mapped for reading. A pipe cannot be mapped: its first bytes are read at once, the rest as a stream or,
/// for whoever asks for bytes by their place, into memory.
/// </summary>
public sealed unsafe partial class MappedFile : IFileBytes, IDisposable
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _bytes;
    private readonly string _path;
    private readonly PipedBytes? _pipe;
    private readonly long _length;
    private long _releasedTo;
    private long _position;
    private volatile FileStream? _stream;

    private const long ReleasedAtOnce = 8 << 20;

    /// <summary>Bytes at the start of a file that tell what it is, and that a pipe gives without being read as a whole.</summary>
    public const int HeadBytes = PipedBytes.HeadBytes;

    /// <summary>Maps a file; an empty one is fine.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public MappedFile(string path)
    {
        _path = path == "-" ? "/dev/stdin" : path;
        FileStream file = Open();
        if (!file.CanSeek)
        {
            _pipe = new PipedBytes(file);
            return;
        }

        using FileStream mapped = file;
        _length = file.Length;
        if (_length == 0)
            return;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        _bytes += _view.PointerOffset;
    }

    public long Length => _pipe?.Length ?? _length;

    /// <summary>The length that is known without reading anything; null for a pipe.</summary>
    public long? KnownLength => _pipe is null ? _length : null;

    /// <summary>How far it was read, for whoever watches from another thread: what was released, or taken from the stream.</summary>
    public long Position => _pipe?.Taken ?? (_stream is { SafeFileHandle.IsClosed: false } stream ? stream.Position : Volatile.Read(ref _position));

    /// <summary>Whether an open file is this one, by whatever name.</summary>
    public bool IsSameAs(SafeFileHandle other)
    {
        using FileStream? own = _pipe is null ? Open() : null;
        return own is not null && RegularFile.AreSame(own.SafeFileHandle, other);
    }

    /// <summary>Reads a pipe to its end, so that nothing can fail later.</summary>
    /// <exception cref="IOException">There is more than memory holds, or it cannot be read.</exception>
    public void Load() => _ = Length;

    /// <summary>The same bytes as a stream; of a pipe that was not read into memory only once.</summary>
    public Stream OpenStream() => _pipe is null ? _stream = Open() : _pipe.OpenStream();

    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        if (_pipe is not null && offset == 0 && length <= HeadBytes)
            return _pipe.Head[..Math.Min(length, _pipe.Head.Length)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length, nameof(offset));
        if (_pipe is not null)
            return _pipe.All.AsSpan((int)offset, (int)Math.Min(length, Length - offset));
        return new ReadOnlySpan<byte>(_bytes + offset, (int)Math.Min(length, Length - offset));
    }

    /// <summary>
    /// Takes the whole pages in the range out of this process's memory; they stay in the system's cache, and are there again
    /// when they are asked for.
    /// </summary>
    /// <remarks>
    /// In large pieces: each makes every processor forget where the pages were. Who still reads in one finds its pages again.
    /// </remarks>
    public void Release(long offset, long length)
    {
        const int dontNeed = 4;
        Volatile.Write(ref _position, offset + length);
        if (_bytes is null)
            return;
        long from = Interlocked.Read(ref _releasedTo), to = Math.Min(_length, offset + length);
        // Somebody reads the file again from further in front.
        if (offset < from - ReleasedAtOnce)
            _ = Interlocked.CompareExchange(ref _releasedTo, offset, from);
        if (to - from < ReleasedAtOnce || Interlocked.CompareExchange(ref _releasedTo, to, from) != from)
            return;
        nuint page = (nuint)Environment.SystemPageSize;
        nuint start = ((nuint)_bytes + (nuint)from + page - 1) / page * page;
        nuint end = ((nuint)_bytes + (nuint)to) / page * page;
        if (start < end)
            _ = Advise(start, end - start, dontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);

    private FileStream Open() =>
        new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    public void Dispose()
    {
        _pipe?.Dispose();
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
    }
}
