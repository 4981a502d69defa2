using System.Runtime.InteropServices;
using Diagnose.Formats.Symbols;
using Microsoft.Win32.SafeHandles;

namespace Diagnose.Analyze.Import;

/// <summary>
/// The parts of a file that were asked for, in memory of our own: a file that is cut short while it is read leaves zeros
/// there, where a mapping of it would end the process.
/// </summary>
internal sealed unsafe partial class FileParts : IModuleImage
{
    private const int ReadWrite = 3, PrivateAnonymous = 0x22, NoReserve = 0x4000, DontNeed = 4;

    private readonly SafeFileHandle _file;
    private byte* _memory;

    private FileParts(SafeFileHandle file, byte* memory, int length)
    {
        _file = file;
        _memory = memory;
        Length = length;
    }

    public int Length { get; }

    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory is null, this);
            return new ReadOnlySpan<byte>(_memory, Length);
        }
    }

    /// <summary>Takes the file over. Null when there is nothing in it, or more than an array holds.</summary>
    public static FileParts? Open(SafeFileHandle file, long length)
    {
        if (length is > 0 and <= int.MaxValue)
        {
            // Only what is written to it takes memory.
            var memory = (byte*)Map(null, (nuint)length, ReadWrite, PrivateAnonymous | NoReserve, -1, 0);
            if ((nint)memory != -1)
                return new FileParts(file, memory, (int)length);
        }

        file.Dispose();
        return null;
    }

    public bool TryLoad(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        if (offset < 0 || count < 0 || offset > Length)
            return false;
        long end = offset + Math.Min(count, Length - offset);
        try
        {
            while (offset < end)
            {
                int got = RandomAccess.Read(_file, new Span<byte>(_memory + offset, (int)(end - offset)), offset);
                if (got == 0)
                    return false;
                offset += got;
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Forget()
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        _ = Advise(_memory, (nuint)Length, DontNeed);
    }

    public void Dispose()
    {
        if (_memory is null)
            return;
        _ = Unmap(_memory, (nuint)Length);
        _memory = null;
        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* at, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* at, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* at, nuint length, int advice);
}
