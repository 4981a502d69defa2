using Diagnose.Capture.Linux;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;

namespace Diagnose.Capture.Recording;

/// <summary>
/// Reads many rings as one stream in time order. Records stay in their rings until it is their turn, so nothing is
/// copied and nothing is held twice.
/// </summary>
internal sealed class RingMerge
{
    /// <summary>
    /// Bytes after which the kernel gets the room back, so that a long turn of one ring cannot fill it: some hundred records, or a few that
    /// bring their stacks.
    /// </summary>
    private const int PublishEvery = 64 << 10;

    /// <summary>How long one drain may take, about.</summary>
    private const long TurnMs = 100;

    private readonly List<(RingBuffer Ring, SampleLayout? Samples, SampleLayout Others)> _rings = [];
    private readonly PriorityQueue<int, ulong> _heads = new();

    /// <param name="samples">Layout of the samples that the ring holds; null for a ring of side-band records.</param>
    /// <param name="others">Layout of its other records: that of the event which owns the ring.</param>
    public void Add(RingBuffer ring, SampleLayout? samples, SampleLayout others) => _rings.Add((ring, samples, others));

    /// <summary>Why a ring can no longer be read, or null.</summary>
    public string? Error
    {
        get
        {
            foreach ((RingBuffer ring, _, _) in _rings)
            {
                if (ring.Error is not null)
                    return ring.Error;
            }

            return null;
        }
    }

    /// <summary>
    /// Hands every record with a time before <paramref name="cut"/> to the recorder. A cut a little in the past keeps the
    /// order: by then the kernel has finished every record of that time on every CPU.
    /// </summary>
    /// <returns>False when it took too long: there is more before the cut.</returns>
    public bool Drain(ulong cut, Recorder recorder)
    {
        long began = Environment.TickCount64;
        _heads.Clear();
        for (int i = 0; i < _rings.Count; i++)
        {
            if (TryPeekTime(i, out ulong time) && time < cut)
                _heads.Enqueue(i, time);
        }

        while (_heads.TryDequeue(out int ring, out _))
        {
            ulong until = _heads.TryPeek(out _, out ulong next) ? Math.Min(next, cut - 1) : cut - 1;
            if (Take(ring, until, recorder, out ulong time) && time < cut)
                _heads.Enqueue(ring, time);
            // Whoever floods the rings must not keep the recorder from signals and from writing. The last drain of all
            // has an end by itself: nothing comes in any more.
            if (cut != ulong.MaxValue && Environment.TickCount64 - began > TurnMs)
                return false;
        }

        // What is too young to be taken stays in the rings, so they are never empty under load.
        if (recorder.IsBehind && _rings.TrueForAll(ring => ring.Samples is null || ring.Ring.Fill < ring.Ring.Capacity / 8 * 3))
            recorder.IsBehind = false;
        return true;
    }

    /// <summary>Takes the records of one ring up to a time; false when the ring is empty then.</summary>
    private bool Take(int index, ulong until, Recorder recorder, out ulong time)
    {
        (RingBuffer ring, SampleLayout? samples, SampleLayout others) = _rings[index];
        int taken = 0;
        time = 0;
        bool more;
        while (more = ring.TryPeek(out ReadOnlySpan<byte> record))
        {
            bool isSample = samples is not null && RecordReader.KindOf(record) == RecordKind.Sample;
            SampleLayout layout = isSample ? samples! : others;
            // A record without a time is taken at once: it cannot be told to come later.
            if (layout.TryGetTime(record, out time) && time > until)
                break;
            if (isSample)
                recorder.Sample(record, samples!);
            else
                recorder.SideBand(record, others, isHitRing: samples is not null);
            taken += record.Length;
            ring.Advance();
            if (taken >= PublishEvery)
            {
                Publish(ring, samples, recorder);
                return TryPeekTime(index, out time);
            }
        }

        Publish(ring, samples, recorder);
        return more;
    }

    private static void Publish(RingBuffer ring, SampleLayout? samples, Recorder recorder)
    {
        ring.Publish();
        // Once it is full hits are lost; while it is not, they need only be taken faster.
        if (samples is not null && ring.Fill > ring.Capacity / 2)
            recorder.IsBehind = true;
    }

    private bool TryPeekTime(int index, out ulong time)
    {
        (RingBuffer ring, SampleLayout? samples, SampleLayout others) = _rings[index];
        time = 0;
        if (!ring.TryPeek(out ReadOnlySpan<byte> record))
            return false;
        SampleLayout layout = samples is not null && RecordReader.KindOf(record) == RecordKind.Sample ? samples : others;
        if (!layout.TryGetTime(record, out time))
            time = 0;
        return true;
    }
}
