using System.Buffers.Binary;
using CsCheck;
using Diagnose.Capture.Recording;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Recording;
using Diagnose.Formats.Tests.PerfEvents;
using Diagnose.Formats.Trace;

namespace Diagnose.Capture.Tests.Recording;

public sealed class RingMergeTests : IDisposable
{
    private readonly PlayedRecording _played = new();
    private readonly RingMerge _merge = new();

    public void Dispose() => _played.Dispose();

    [Fact]
    public void Records_of_all_rings_are_taken_in_order_of_time_and_later_ones_stay()
    {
        PlayedRing names = Ring(hits: false), left = Ring(hits: true), right = Ring(hits: true);
        left.Write(Hit(10, time: 10));
        left.Write(Hit(10, time: 30));
        left.Write(Hit(10, time: 70));
        right.Write(Hit(10, time: 20));
        right.Write(Hit(10, time: 50));
        names.Write(Name(10, "first", time: 5));
        names.Write(Name(10, "second", time: 25));
        names.Write(Name(10, "third", time: 60));
        _merge.Drain(51, _played.Recorder);
        Assert.Equal((4UL, 1L, true, true), (_played.Trace.Hits, left.Waiting(Hit(10, 70)), right.IsEmpty, !names.IsEmpty));
        _merge.Drain(51, _played.Recorder);
        Assert.Equal(4UL, _played.Trace.Hits);
        _merge.Drain(ulong.MaxValue, _played.Recorder);
        Assert.True(left.IsEmpty && names.IsEmpty);
        RecordedTrace trace = _played.Read();
        Assert.Equal(
            ["10/first in : first(10)", "10/first in : first(10)", "10/second in : second(10)", "10/second in : second(10)", "10/third in : third(10)"],
            Enumerable.Range(0, 5).Select(trace.Who));
        Assert.Null(_merge.Error);
    }

    [Fact]
    public void A_ring_that_stays_more_than_half_full_makes_the_recorder_hurry_until_it_has_caught_up()
    {
        var frames = new SlowFrames();
        _played.Recorder.UserFrames = frames;
        PlayedRing ring = Ring(hits: true, capacity: 1 << 20);
        byte[] hit = Hit(10, time: 1);
        int young = (1 << 20) / 3 / hit.Length;
        for (int i = young; i < (1 << 20) / hit.Length; i++)
            ring.Write(hit);
        for (int i = 0; i < young; i++)
            ring.Write(Hit(10, time: 5));
        // On a busy machine a turn can be over before.
        while (!_merge.Drain(2, _played.Recorder))
        {
        }

        Assert.Equal(young, ring.Waiting(hit));
        Assert.True(frames.WasHurried);
        Assert.False(_played.Recorder.IsBehind);
    }

    [Fact]
    public void Rings_whose_records_take_turns_make_the_recorder_hurry_as_well()
    {
        var frames = new SlowFrames();
        _played.Recorder.UserFrames = frames;
        PlayedRing[] rings = [Ring(hits: true, capacity: 1 << 18), Ring(hits: true, capacity: 1 << 18)];
        for (ulong i = 0; i < 2UL * (ulong)((1 << 18) / Hit(10, 1).Length); i++)
            rings[i % 2].Write(Hit(10, time: i + 1));
        while (!_merge.Drain(1UL << 40, _played.Recorder))
        {
        }

        Assert.True(frames.WasHurried);
        Assert.False(_played.Recorder.IsBehind);
    }

    private sealed class SlowFrames : IUserFrames
    {
        public bool WasHurried { get; private set; }

        public bool IsHurried
        {
            get;
            set => WasHurried |= field = value;
        }

        public int Unwind(in UserContext context, ulong registers, TracedProcess process, Span<ulong> frames, out StackFlags flags)
        {
            flags = StackFlags.None;
            return 0;
        }
    }

    [Fact]
    public void Any_distribution_over_rings_and_any_cuts_take_each_hit_once() =>
        Gen.Select(Gen.Int[0, 3], Gen.UInt[0, 20]).Array[1, 100].Sample(steps =>
        {
            using var played = new PlayedRecording();
            var merge = new RingMerge();
            PlayedRing[] rings = [.. Enumerable.Range(0, 3).Select(_ => new PlayedRing(1 << 16))];
            foreach (PlayedRing ring in rings)
                merge.Add(ring.Buffer, RecordedRing.HitLayout, RecordedRing.SideBandLayout);
            ulong time = 100;
            foreach ((int ring, uint step) in steps)
            {
                time += step + 1;
                if (ring < 3)
                    rings[ring].Write(Hit(10, time));
                else
                    merge.Drain(time - step, played.Recorder);
            }

            merge.Drain(ulong.MaxValue, played.Recorder);
            ulong hits = (ulong)steps.Count(step => step.Item1 < 3);
            return played.Trace.Hits == hits && rings.All(ring => ring.IsEmpty) && merge.Error is null;
        }, iter: 200);

    [Fact]
    public void A_record_without_a_time_is_taken_at_once()
    {
        PlayedRing ring = Ring(hits: true);
        ring.Write(new RecordBytes(RecordKind.Sample).U64(7).Build());
        ring.Write(Hit(10, time: 100));
        _merge.Drain(50, _played.Recorder);
        Assert.Equal(1UL, _played.Losses.Hits);
        Assert.False(ring.IsEmpty);
    }

    [Fact]
    public void A_broken_ring_is_told_and_the_others_go_on()
    {
        PlayedRing broken = Ring(hits: true), good = Ring(hits: true);
        byte[] record = Hit(10, time: 1);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(6), 3);
        broken.Write(record);
        good.Write(Hit(10, time: 2));
        _merge.Drain(ulong.MaxValue, _played.Recorder);
        Assert.Equal(1UL, _played.Trace.Hits);
        Assert.Contains("a record of 3 bytes", _merge.Error, StringComparison.Ordinal);
    }

    private PlayedRing Ring(bool hits, int capacity = 1 << 14)
    {
        var ring = new PlayedRing(capacity);
        _merge.Add(ring.Buffer, hits ? RecordedRing.HitLayout : null, RecordedRing.SideBandLayout);
        return ring;
    }

    private static byte[] Hit(int pid, ulong time) => PlayedRecording.Sample(pid, pid, time, 0, [0xffffffff81001000]);

    private static byte[] Name(int pid, string comm, ulong time) => PlayedRecording.Trailer(
        new RecordBytes(RecordKind.Comm).U32((uint)pid, (uint)pid).Name(comm), pid, pid, time);
}
