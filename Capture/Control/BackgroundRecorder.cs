using System.Globalization;
using System.Runtime.InteropServices;
using Diagnose.Capture.Commands;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Capture.Recording;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Control;

/// <summary>
/// The recorder that <c>--activate</c> leaves behind: records into the spool until it is told to stop, and answers
/// requests meanwhile.
/// </summary>
internal sealed class BackgroundRecorder(StateFolders folders, KprobeSettings settings, PacketSocket starter)
{
    /// <summary>The hidden first argument of its process; the socket's number and the settings follow.</summary>
    public const string Argument = "--background-recorder";

    /// <summary>Requests.</summary>
    public const string Cut = "cut", Stop = "stop";

    /// <summary>The answer to a request that was carried out.</summary>
    public const string Done = "done";

    private bool _isArmed;

    /// <summary>The background process: <paramref name="args"/> are the program's arguments.</summary>
    public static int Run(string[] args)
    {
        const int badRequest = 2;
        if (args.Length != 3 || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out int fd)
            || !KprobeSettings.TryParse(args[2], out KprobeSettings settings, out _))
            return badRequest;
        _ = Libc.Fcntl(fd, Libc.F_SETFD, Libc.FD_CLOEXEC);
        using var starter = new PacketSocket(fd);
        return new BackgroundRecorder(StateFolders.OfMachine, settings, starter).Record();
    }

    private int Record()
    {
        using var wake = new WakeEvent();
        using var signals = new Signals(wake);
        if (folders.Open(make: true, out string why) is var errno and not 0)
            return Refuse(errno, why);
        using var presence = new RecorderPresence(folders);
        if (!presence.TryBecome())
            return Refuse(Errno.EBUSY, Busy(presence.Now));
        try
        {
            return Record(presence, wake, signals);
        }
#pragma warning disable CA1031 // Whatever it was, nobody sees it here: the next command tells.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            string reason = failure is IOException or UnauthorizedAccessException ? Errno.Reason(failure) : failure.ToString();
            // Before its probe is armed, whoever started it is told; afterwards the next command is.
            if (!_isArmed)
            {
                Spool.Discard(folders.Spool);
                presence.Leave();
                return Refuse(Errno.Of(failure), reason);
            }

            presence.NoteFailure(reason);
            return 1;
        }
    }

    private int Record(RecorderPresence presence, WakeEvent wake, Signals signals)
    {
        using RecordingSource? source = RecordingSource.Open(settings.ToRequest(), new ElfSymbolOffsets(), null, out ProbeFailure? failure);
        if (source is null)
        {
            presence.Leave();
            return Refuse(failure!.Errno, failure.Message);
        }

        // Not before: the file of a uprobe may be named from where the command was given.
        Directory.SetCurrentDirectory("/");
        KernelLog? log = settings.DumpStyle == 1 ? new KernelLog(new KernelLogDevice()) : null;
        if (log?.TryOpen() is { } closed and not 0)
        {
            presence.Leave();
            return Refuse(closed, $"cannot write to the kernel log (dump-style=1): {Errno.Text(closed)}; it takes CAP_SYSLOG, and kernel.printk_devkmsg must not be off");
        }

        RecordingRequest request = settings.ToRequest();
        using var spool = new Spool(folders, (long)settings.SpoolMegabytes << 20);
        using var trace = new TraceWriter(spool.Begin());
        var filter = new HitFilter(settings.Tgid, settings.Pid, trace.Definitions.String(request.KernelComm), Environment.ProcessId);
        var notices = new Notices(text => Console.Error.WriteLine(text));
        if (source.UserStack != request.UserStack)
            notices.Say("this kernel copies no user stacks: they follow frame pointers, as with raw-stack=0");
        var facts = new TraceFacts(request, source, []);
        using var session = new RecordingSession(trace, spool, facts.Write, source, filter, notices, log);
        if (session.Arm(source.Features.Cgroup, null) is var errno and not 0)
        {
            Spool.Discard(folders.Spool);
            presence.Leave();
            return Refuse(errno, ProbeFailure.FromOpen(request.Probe, errno).Message);
        }

        using var requests = new PacketListener(folders.Socket);
        StateFolders.Write(folders.Settings, (settings with { Cpus = CpuList.Format(source.Cpus) }).ToLines());
        _isArmed = true;
        // Whoever started it and is gone does not know that it runs.
        string? broken = Answer(0, "") ? Watch(session, trace, spool, source, requests, wake, signals) : null;
        return Finish(session, trace, spool, presence, broken);
    }

    /// <summary>Records until it is told to end. Returns what went wrong, or null.</summary>
    private static string? Watch(RecordingSession session, TraceWriter trace, Spool spool, RecordingSource source,
        PacketListener requests, WakeEvent wake, Signals signals)
    {
        List<int> fds = [.. source.Fds, requests.Fd];
        var poll = new RingPoll(CollectionsMarshal.AsSpan(fds), wake);
        try
        {
            while (signals.Count == 0)
            {
                if (poll.Wait(RecordingSession.PollMs))
                    Thread.Sleep(RecordingSession.SettleMs);
                if (!session.Take(out string? error))
                    return error;
                spool.MakeRoom(trace.SegmentBytes, segment => session.Removed(segment));
                while (requests.Next(out PacketSocket? from) is { } request)
                {
                    if (request == Stop)
                        return null;
                    if (request == Cut && !session.Cut(out error))
                        return error;
                    from!.Send(request == Cut ? Done : $"there is no request '{request}'");
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"cannot write the spool: {Errno.Reason(failure)}";
        }

        return null;
    }

    private static int Finish(RecordingSession session, TraceWriter trace, Spool spool, RecorderPresence presence, string? broken)
    {
        try
        {
            spool.End(session.Finish());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            broken ??= $"cannot write the spool: {Errno.Reason(failure)}";
            spool.Break(keep: trace.SegmentBytes);
        }

        if (broken is null)
            presence.Leave();
        else
            presence.NoteFailure(broken);
        return broken is null ? 0 : 1;
    }

    /// <summary>What it means that somebody records already.</summary>
    public static string Busy(Presence presence) => presence == Presence.Elsewhere
        ? "a recorder that shares only one of /run/diagnose-tools and /var/lib/diagnose-tools with this place (a container) is active; deactivate it there"
        : "a recorder is active already; end it with: diagnose-tools kprobe --deactivate";

    private int Refuse(int errno, string why)
    {
        Answer(errno, why);
        return 1;
    }

    private bool Answer(int errno, string why) => starter.Send(string.Create(CultureInfo.InvariantCulture, $"{errno}\n{why}"));
}
