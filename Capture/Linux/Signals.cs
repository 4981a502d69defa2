using System.Runtime.InteropServices;

namespace Diagnose.Capture.Linux;

/// <summary>
/// Turns SIGINT, SIGTERM and SIGHUP into a wake-up, so that a capture ends in order, and ignores SIGPIPE, so that
/// writing to a closed pipe is an error to report and no death.
/// </summary>
public sealed class Signals : IDisposable
{
    private readonly PosixSignalRegistration[] registrations;
    private int first, count;

    public Signals(WakeEvent wake)
    {
        // A shell starts background jobs with SIGINT ignored, and .NET leaves ignored signals so; but whoever sends one
        // to a capture means to end it, as scripts do with perf. SIGHUP stays ignored under nohup.
        Libc.Signal(Libc.SIGINT, 0);
        Libc.Signal(Libc.SIGTERM, 0);
        registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal =>
            PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Interlocked.CompareExchange(ref first, NumberOf(context.Signal), 0);
                Interlocked.Increment(ref count);
                wake.Set();
            }))];
        const nint ignore = 1;
        Libc.Signal(Libc.SIGPIPE, ignore);
    }

    /// <summary>The first signal that came (2, 15 or 1), or 0.</summary>
    public int First => Volatile.Read(ref first);

    /// <summary>Signals that came. A person who presses Ctrl-C again means it.</summary>
    public int Count => Volatile.Read(ref count);

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
    }

    private static int NumberOf(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGHUP => 1,
        _ => (int)signal,
    };
}
