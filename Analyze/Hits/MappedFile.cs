using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Diagnose.Formats.Bytes;

namespace Diagnose.Analyze.Hits;

/// <summary>A file of any size mapped for reading; a pipe, which cannot be mapped, is read into memory.</summary>
public sealed unsafe partial class MappedFile : IFileBytes, IDisposable
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _bytes;
    private readonly string _path;
    private readonly byte[]? _piped;

    /// <summary>Maps a file; an empty one is fine.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public MappedFile(string path)
    {
        _path = path == "-" ? "/dev/stdin" : path;
        using var file = Open();
        if (!file.CanSeek)
        {
            using var piped = new MemoryStream();
            file.CopyTo(piped);
            _piped = piped.ToArray();
            Length = _piped.Length;
            return;
        }

        Length = file.Length;
        if (Length == 0)
            return;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        _bytes += _view.PointerOffset;
    }

    public long Length { get; }

    /// <summary>The same bytes as a stream.</summary>
    public Stream OpenStream() => _piped is null ? Open() : new MemoryStream(_piped, writable: false);

    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset, (ulong)Length, nameof(offset));
        if (_piped is not null)
            return _piped.AsSpan((int)offset, (int)Math.Min(length, Length - offset));
        return new ReadOnlySpan<byte>(_bytes + offset, (int)Math.Min(length, Length - offset));
    }

    /// <summary>
    /// Takes the whole pages in the range out of this process's memory; they stay in the system's cache, and are there again
    /// when they are asked for.
    /// </summary>
    public void Release(long offset, long length)
    {
        const int dontNeed = 4;
        if (_bytes is null)
            return;
        nuint page = (nuint)Environment.SystemPageSize;
        nuint start = ((nuint)_bytes + (nuint)offset + page - 1) / page * page;
        nuint end = ((nuint)_bytes + (nuint)Math.Min(Length, offset + length)) / page * page;
        if (start < end)
            _ = Advise(start, end - start, dontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);

    private FileStream Open() =>
        new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
    }
}
