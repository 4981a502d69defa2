using System.Globalization;
using Diagnose.Capture.Linux;
using Diagnose.Capture.Probes;
using Diagnose.Capture.Recording;
using Diagnose.Capture.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Commands;

/// <summary>Carries <c>record</c> out: opens everything, records until it is time to stop, and says what came of it.</summary>
internal sealed class RecordRun : IDisposable
{
    private const int SideBandBytes = 1 << 20;

    /// <summary>Rings are read at least this often, whatever their watermarks say.</summary>
    private const int PollMs = 100;

    /// <summary>After a wake-up, a little more than <see cref="RecordingSession.SettleNs"/>.</summary>
    private const int SettleMs = 6;

    private const int SigTerm = 15;

    private readonly RecordOptions _options;
    private readonly List<IDisposable> _open = [];
    private readonly ProgressLine _line = new();
    private readonly Notices _notices;

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
        int[] online = CpuList.Online, cpus = online;
        if (_options.Cpus is not null && !CpuList.TryParse(_options.Cpus, online, out cpus, out string error))
            return Fail(error);
        if (TraceFile.Open(_options.Output, out string? unwritable) is not { } file)
            return Fail(unwritable!);
        _open.Add(file);
        string? failure = OpenEvents(online, cpus, file, out Recorded? recorded);
        int status = failure is null ? Loop(recorded!, file, wake, signals) : Fail(failure);
        if (!file.HasBegun)
            file.Discard();
        return status;
    }

    private sealed record Recorded(
        PerCpuRings SideBand, PerCpuRings Hits, ProbeEvents Events, TraceWriter Trace, HeldCommand? Command, HostInfo Host,
        PerfFeatures Features, int[] Cpus);

    /// <summary>Opens rings and events, disabled; the command waits. Returns why it could not, or null.</summary>
    private string? OpenEvents(int[] online, int[] cpus, TraceFile file, out Recorded? recorded)
    {
        recorded = null;
        FdLimit.Raise();
        PerfFeatures features = PerfFeatures.Detect();
        var opener = new ProbeOpener(features) { Symbols = new ElfSymbolOffsets() };
        long ringBytes = (long)_options.RingMegabytes << 20;
        if (!PerCpuRings.TryOpen(cpus, ringBytes, out PerCpuRings? hits, out ProbeFailure? failure))
            return failure!.Message;
        _open.Add(hits!);
        HeldCommand? command = null;
        if (_options.Command.Length > 0)
        {
            if (!HeldCommand.TryStart(_options.Command, out command, out int errno))
                return $"cannot start '{_options.Command[0]}': {Errno.Text(errno)}";
            _open.Add(command!);
        }

        ProbeTarget target = _options switch
        {
            { CommandOnly: true } => ProbeTarget.Descendants(command!.Pid),
            { Pid: not 0 } => ProbeTarget.Thread(_options.Pid),
            { Tgid: not 0 } => ProbeTarget.Process(_options.Tgid),
            _ => ProbeTarget.Machine,
        };
        if (!opener.TryOpen(_options.Probe, target, hits!, _options.Period, out ProbeEvents? events, out failure))
            return failure!.Message;
        _open.Add(events!);
        if (!PerCpuRings.TryOpenSideBand(features, online, SideBandBytes, out PerCpuRings? sideBand, out failure))
            return failure!.Message;
        _open.Add(sideBand!);
        if (events!.WhyNotExact is { } why)
            _notices.Say($"hits of others are dropped by the sampler, which costs more: {why}");
        if (target.Kind == TargetKind.Machine || !events.ExactInKernel)
            ExcludeOurselves(events);
        var trace = new TraceWriter(file.Stream);
        _open.Add(trace);
        recorded = new Recorded(sideBand!, hits!, events, trace, command, HostInfo.Read(), features, cpus);
        return null;
    }

    /// <summary>The kernel need not even write what the idle task and our own threads do.</summary>
    private static void ExcludeOurselves(ProbeEvents events)
    {
        List<int> own = [];
        new ProcFs().TryListThreads(Environment.ProcessId, own);
        // Where there is no such filter the recorder drops them: it checks every hit anyway.
        _ = events.Exclude(idle: true, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(own));
    }

    private int Loop(Recorded recorded, TraceFile file, WakeEvent wake, Signals signals)
    {
        TraceWriter trace = recorded.Trace;
        int comm = trace.Definitions.String(_options.KernelComm);
        var filter = new HitFilter(_options.Tgid, _options.Pid, comm, Environment.ProcessId, _options.CommandOnly);
        using var session = new RecordingSession(
            trace, recorded.Events, recorded.Hits, recorded.SideBand, filter, _notices);
        try
        {
            TraceFacts.Write(trace.Definitions, _options, recorded.Host, recorded.Cpus);
            if (session.Arm(recorded.Features.Cgroup, recorded.Command?.Pid) is var errno and not 0)
                return Fail(ProbeFailure.FromOpen(_options.Probe, errno).Message);
            if (signals.Count > 0)
                return Fail("interrupted before the recording began");
            if (recorded.Command?.Release() is { } cannotRun)
                return Fail(cannotRun);
            // The command may run for ever; only what it does from here on is lost with a file that cannot be written.
            file.Begin();
            string? broken = Watch(recorded, session, wake, signals);
            session.Finish();
            Summarize(session, trace);
            return broken is null ? 0 : Fail(broken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            file.Keep(trace.BytesWritten);
            return Fail($"cannot write {_options.Output}: {TraceFile.Reason(failure)}; "
                + $"the {trace.HitsWritten} hits before that are kept where they were written");
        }
        finally
        {
            // A command outlives its recording no more than perf's does; one that ended by itself is not there any more.
            if (recorded.Command?.TryGetExit(out _) == false)
                recorded.Command.Kill(SigTerm);
        }
    }

    /// <summary>Records until the command, the clock or a signal ends it. Returns what went wrong, or null.</summary>
    private string? Watch(Recorded recorded, RecordingSession session, WakeEvent wake, Signals signals)
    {
        List<int> fds = [.. recorded.Hits.Rings.Select(r => r.Owner.Fd), .. recorded.SideBand.Rings.Select(r => r.Owner.Fd)];
        if (recorded.Command is { PidFd: >= 0 } command)
            fds.Add(command.PidFd);
        var poll = new RingPoll(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fds), wake);
        ulong end = _options.Duration > 0 ? Clock.Monotonic + (ulong)(_options.Duration * 1e9) : ulong.MaxValue;
        while (true)
        {
            ulong now = Clock.Monotonic;
            if (now >= end || signals.Count > 0 || recorded.Command?.TryGetExit(out _) == true)
                return null;
            // Records are taken when they are some milliseconds old; whoever was just started or mapped a file may not
            // live much longer than that.
            if (poll.Wait((int)Math.Min(PollMs, (end - now) / 1_000_000 + 1)))
                Thread.Sleep(SettleMs);
            if (!session.Step(out string? error))
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
