using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Diagnose.Capture.Linux;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Report;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Recording;

/// <summary>
/// Shows hits in the kernel's log while they are recorded, in the words of the report: as many as
/// <see cref="HitLogLimit"/> lets through, and the number of the others. The trace has them all. Hits wait, as ids, until
/// their frames have names.
/// </summary>
internal sealed class HitLog(DefinedNames names, StackInterner stacks, KernelLog log, Notices notices) : IHitListener
{
    /// <summary>How often it is said, at most, that hits were left out.</summary>
    internal const ulong SayNs = 5_000_000_000;

    /// <param name="Sequence">Number of the hit in the recording, so that what was left out shows, and as the report counts.</param>
    private readonly record struct WaitingHit(
        long Sequence, ulong Time, int Tid, int Comm, int Cgroup, int Guess, int KernelFrames, int UserFrames, int Processes);

    private readonly HitLogLimit _limit = new();
    private readonly List<WaitingHit> _hits = [];
    // Of all waiting hits, one behind the other.
    private readonly List<(ulong Address, int Frame)> _frames = [];
    private readonly List<int> _processes = [];
    private readonly ArrayBufferWriter<byte> _text = new();
    private long _unsaid;
    private ulong _said;

    /// <summary>The clocks when they were last read: the report shows wall-clock time.</summary>
    public ClockRow Clock { get; set; }

    /// <summary>Hits that the log does not show, or not whole.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Whether a hit may be shown; false counts it as left out.</summary>
    public bool Wants(ulong time, int chain)
    {
        if (_limit.TryTake(time, Guess(chain)))
            return true;
        LeaveOut();
        return false;
    }

    /// <summary>A hit that may be shown and whose chain was just interned.</summary>
    public void Add(long sequence, ulong time, TracedThread thread, int cgroup, ReadOnlySpan<ulong> chain)
    {
        int frames = _frames.Count, processes = _processes.Count;
        int kernel = stacks.Frames(chain, thread.Process, _frames);
        for (TracedProcess? process = thread.Process;
            process is not null && _processes.Count - processes < TraceLimits.ChainDepth; process = process.Parent)
            _processes.Add(process.Comm);
        _hits.Add(new WaitingHit(sequence, time, thread.Tid, thread.Comm, cgroup, Guess(chain.Length), kernel,
            _frames.Count - frames - kernel, _processes.Count - processes));
    }

    /// <summary>Writes what waits. Call it when the frames are named and before a new segment forgets the ids.</summary>
    public void Write(ulong now)
    {
        ReadOnlySpan<(ulong Address, int Frame)> frames = CollectionsMarshal.AsSpan(_frames);
        ReadOnlySpan<int> processes = CollectionsMarshal.AsSpan(_processes);
        foreach (ref readonly WaitingHit hit in CollectionsMarshal.AsSpan(_hits))
        {
            int count = hit.KernelFrames + hit.UserFrames;
            _text.ResetWrittenCount();
            Format(hit, frames[..count], processes[..hit.Processes]);
            frames = frames[count..];
            processes = processes[hit.Processes..];
            _limit.Correct(_text.WrittenCount - hit.Guess);
            if (!TryWrite())
                LeaveOut();
        }

        _hits.Clear();
        _frames.Clear();
        _processes.Clear();
        if (_said == 0 || now - _said >= SayNs)
            SayLeftOut(now);
    }

    /// <summary>The recording is over.</summary>
    public void Finish() => SayLeftOut(_said);

    private static int Guess(int chain) => 500 + 75 * chain;

    private void LeaveOut()
    {
        LeftOut++;
        _unsaid++;
    }

    private void Format(in WaitingHit hit, ReadOnlySpan<(ulong Address, int Frame)> frames, ReadOnlySpan<int> processes)
    {
        ulong time = Clock.Realtime + (hit.Time - Clock.Monotonic);
        ReadOnlySpan<byte> comm = names.Text(hit.Comm);
        ReportWriter.HitHeader(_text, hit.Tid, comm, CgroupName.Of(names.CgroupPath(hit.Cgroup)), hit.Sequence,
            time / 1_000_000_000, (uint)(time % 1_000_000_000 / 1000));
        ReportWriter.KernelSection(_text);
        foreach ((ulong address, int frame) in frames[..hit.KernelFrames])
            ReportWriter.KernelFrame(_text, address, names.Frame(frame), names.KernelModule(frame));
        ReportWriter.UserSection(_text);
        foreach ((ulong address, int frame) in frames[hit.KernelFrames..])
            ReportWriter.UserFrame(_text, address, names.Frame(frame));
        ReportWriter.Thread(_text, comm);
        ReportWriter.ChainSection(_text);
        foreach (int process in processes)
            ReportWriter.ChainProcess(_text, names.Text(process));
        ReportWriter.End(_text);
    }

    private void SayLeftOut(ulong now)
    {
        if (_unsaid == 0)
            return;
        _text.ResetWrittenCount();
        string hits = _unsaid == 1 ? "hit" : "hits";
        _text.Write(Encoding.UTF8.GetBytes(
            $"diagnose-tools kprobe: {_unsaid} {hits} left out of the kernel log; the trace has them\n"));
        TryWrite();
        _unsaid = 0;
        _said = now;
    }

    private bool TryWrite()
    {
        int errno = log.Write(_text.WrittenSpan);
        if (errno != 0)
            notices.Say($"cannot write to the kernel log: {Errno.Text(errno)}");
        return errno == 0;
    }
}
