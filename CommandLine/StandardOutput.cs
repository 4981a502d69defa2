using System.Runtime.InteropServices;

namespace Diagnose.Commands;

/// <summary>
/// Standard output that says when nobody reads it any more. The console's own stream takes what is written to a broken
/// pipe for written, so that a report could be deleted that nobody got.
/// </summary>
internal sealed unsafe partial class StandardOutput : Stream
{
    /// <summary>The <see cref="Exception.HResult"/> of a failure is its errno; this is the one of a pipe without a reader.</summary>
    public const int BrokenPipe = 32;

    private const int Descriptor = 1, Interrupted = 4, TryAgain = 11;
    private const short Writable = 4;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">Not everything could be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* bytes = buffer)
                written = Write(Descriptor, bytes, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == TryAgain)
                WaitForRoom();
            else if (error != Interrupted)
                throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Whoever shares the pipe with us may have made it one that does not wait.</summary>
    private static void WaitForRoom()
    {
        var waited = new PollEntry(Descriptor, Writable, 0);
        _ = Poll(&waited, 1, -1);
    }

    private readonly record struct PollEntry(int Descriptor, short Events, short Returned);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int milliseconds);
}
