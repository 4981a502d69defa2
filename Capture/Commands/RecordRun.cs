using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Capture.Recording;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Commands;

/// <summary>Carries <c>record</c> out: opens everything, records until it is time to stop, and says what came of it.</summary>
internal sealed class RecordRun : IDisposable
{
    private const int SigTerm = 15;

    private readonly RecordOptions _options;
    private readonly List<IDisposable> _open = [];
    private readonly ProgressLine _line = new();
    private readonly Notices _notices;
    private HeldCommand? _command;
    private RecordingSource? _source;

    private RecordRun(RecordOptions options)
    {
        _options = options;
        _notices = new Notices(Say);
    }

    /// <summary>The exit status: 0 when a complete trace was written, 1 when something failed, 2 for a bad request.</summary>
    public static int Run(RecordOptions options)
    {
        using var run = new RecordRun(options);
        return run.Record();
    }

    public void Dispose()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
            _open[i].Dispose();
    }

    private int Record()
    {
        // From here on an interrupt ends the recording in order, wherever it has come to.
        using var wake = new WakeEvent();
        using var signals = new Signals(wake);
        if (TraceFile.Open(_options.Output, out string? unwritable) is not { } file)
            return Fail(unwritable!);
        _open.Add(file);
        int status = Open() is { } failure ? Fail(failure) : Loop(file, wake, signals);
        if (!file.HasBegun)
            file.Discard();
        return status;
    }

    /// <summary>Opens rings and events, disabled; the command waits. Returns why it could not, or null.</summary>
    private string? Open()
    {
        if (_options.Command.Length > 0)
        {
            if (!HeldCommand.TryStart(_options.Command, out _command, out int errno))
                return $"cannot start '{_options.Command[0]}': {Errno.Text(errno)}";
            _open.Add(_command!);
        }

        _source = RecordingSource.Open(_options, new ElfSymbolOffsets(), _command?.Pid, out ProbeFailure? failure);
        if (_source is null)
            return failure!.Message;
        _open.Add(_source);
        if (_source.Events.WhyNotExact is { } why)
            _notices.Say($"hits of others are dropped by the sampler, which costs more: {why}");
        if (_source.UserStack != _options.UserStack)
            _notices.Say("this kernel copies no user stacks: they follow frame pointers, as with --user-stack=fp");
        return null;
    }

    private int Loop(TraceFile file, WakeEvent wake, Signals signals)
    {
        RecordingSource source = _source!;
        using var trace = new TraceWriter(file.Stream);
        int comm = trace.Definitions.String(_options.KernelComm);
        var filter = new HitFilter(_options.Tgid, _options.Pid, comm, Environment.ProcessId, _options.CommandOnly);
        var facts = new TraceFacts(_options, source, _options.Command);
        using var session = new RecordingSession(trace, new OneFile(file.Stream), facts.Write, source, filter, _notices);
        try
        {
            if (session.Arm(source.Features.Cgroup, _command?.Pid) is var errno and not 0)
                return Fail(ProbeFailure.FromOpen(_options.Probe, errno).Message);
            if (signals.Count > 0)
                return Fail("interrupted before the recording began");
            if (_command?.Release() is { } cannotRun)
                return Fail(cannotRun);
            // The command may run for ever; only what it does from here on is lost with a file that cannot be written.
            file.Begin();
            string? broken = Watch(session, wake, signals);
            session.Finish();
            Summarize(session, trace);
            return broken is null ? 0 : Fail(broken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            file.Keep(trace.BytesWritten);
            return Fail($"cannot write {_options.Output}: {Errno.Reason(failure)}; "
                + $"the {trace.HitsWritten} hits before that are kept where they were written");
        }
        finally
        {
            // A command outlives its recording no more than perf's does; one that ended by itself is not there any more.
            if (_command?.TryGetExit(out _) == false)
                _command.Kill(SigTerm);
        }
    }

    /// <summary>Records until the command, the clock or a signal ends it. Returns what went wrong, or null.</summary>
    private string? Watch(RecordingSession session, WakeEvent wake, Signals signals)
    {
        List<int> fds = [.. _source!.Fds];
        if (_command is { PidFd: >= 0 } command)
            fds.Add(command.PidFd);
        var poll = new RingPoll(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fds), wake);
        ulong end = _options.Duration > 0 ? Clock.Monotonic + (ulong)(_options.Duration * 1e9) : ulong.MaxValue;
        while (true)
        {
            ulong now = Clock.Monotonic;
            if (now >= end || signals.Count > 0 || _command?.TryGetExit(out _) == true)
                return null;
            // Records are taken when they are some milliseconds old; whoever was just started or mapped a file may not
            // live much longer than that.
            if (poll.Wait((int)Math.Min(RecordingSession.PollMs, (end - now) / 1_000_000 + 1)))
                Thread.Sleep(RecordingSession.SettleMs);
            if (!session.Take(out string? error))
                return error;
            _line.Show(session.Progress);
        }
    }

    private void Summarize(RecordingSession session, TraceWriter trace)
    {
        _line.Clear();
        Progress done = session.Progress;
        string perHit = done.Hits == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $", {(double)trace.BytesWritten / done.Hits:0.0} bytes per hit");
        string throttled = session.Throttled == 0 ? "" : $", throttled {session.Throttled} times";
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"diagnose-tools record: {done.Hits} hits, {done.Lost} lost{throttled}, {trace.Definitions.Stacks} stacks, "
            + $"{trace.BytesWritten} bytes{perHit}, {done.ElapsedNs / 1e9:0.0} s -> {_options.Output}"));
        if (session.LostSideBand > 0)
            Say($"{session.LostSideBand} records about processes and mappings were lost: some names may be wrong");
    }

    private void Say(string text)
    {
        _line.Clear();
        Console.Error.WriteLine($"diagnose-tools record: {text}");
    }

    private int Fail(string error)
    {
        Say(error);
        return 1;
    }
}
