using System.Runtime.InteropServices;

namespace Diagnose.Commands;

/// <summary>
/// Standard output that says when nobody reads it any more. The console's own stream takes what is written to a broken
/// pipe for written, so that a report could be deleted that nobody got.
/// </summary>
internal sealed unsafe partial class StandardOutput : WriteOnlyStream
{
    /// <summary>The <see cref="Exception.HResult"/> of a failure is its errno; this is the one of a pipe without a reader.</summary>
    public const int BrokenPipe = 32;

    private const int Descriptor = 1, Interrupted = 4, TryAgain = 11;
    private const short Writable = 4;

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

    public override void Flush()
    {
    }

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
