namespace Diagnose.Formats.PerfData;

/// <summary>A record that waits for its turn.</summary>
internal readonly record struct HeldRecord(ulong Time, long Offset, int Chunk, int Event);

/// <summary>
/// Sorts records by time within rounds, as <c>tools/perf/util/ordered-events.c</c> does: perf reads the rings one after
/// the other and then writes FINISHED_ROUND, and what was in no ring then is not earlier than what the round before
/// brought. So a round lets out what is not later than the latest record of the round before. Records of one ring are
/// mostly in order already, so stretches in order (runs) are merged. Records of equal time keep the order of the file.
/// </summary>
internal sealed class RoundSorter(int limit)
{
    private HeldRecord[] held = new HeldRecord[1024];
    private int count;
    private readonly List<(int Start, int End)> runs = [];

    // A heap of the next record of each run, the earliest on top; of equal times that of the earlier run.
    private readonly List<(ulong Time, int Run)> heads = [];
    private ulong latest, roundLimit, drainLimit, lastOut;
    private int drainCount;

    /// <summary>True when no more records should be added before some are let out.</summary>
    public bool IsFull => count >= limit;

    /// <summary>Records held.</summary>
    public int Count => count;

    /// <summary>Adds a record; false when one that is later was already let out.</summary>
    public bool Add(in HeldRecord record)
    {
        if (count == held.Length) Array.Resize(ref held, held.Length * 2);
        held[count] = record;
        if (runs.Count == 0 || record.Time < held[count - 1].Time) runs.Add((count, count + 1));
        else runs[^1] = (runs[^1].Start, count + 1);
        count++;
        if (record.Time > latest) latest = record.Time;
        return record.Time >= lastOut;
    }

    /// <summary>A round ended: lets out what the round before has completed.</summary>
    public void FinishRound()
    {
        if (count != 0 && roundLimit != 0) Drain(roundLimit, count);
        roundLimit = latest;
    }

    /// <summary>Lets out everything.</summary>
    public void Finish() => Drain(ulong.MaxValue, count);

    /// <summary>Lets out the earlier half, because there is no room.</summary>
    public void LetOutHalf() => Drain(ulong.MaxValue, (count + 1) / 2);

    /// <summary>The next record that is let out, in time order.</summary>
    public bool TryTake(out HeldRecord record)
    {
        if (heads.Count == 0)
        {
            record = default;
            return false;
        }

        var (time, run) = heads[0];
        if (drainCount == 0 || time > drainLimit)
        {
            record = default;
            CloseGaps();
            return false;
        }

        var (start, end) = runs[run];
        record = held[start];
        runs[run] = (start + 1, end);
        drainCount--;
        lastOut = Math.Max(lastOut, time);
        if (start + 1 < end)
        {
            heads[0] = (held[start + 1].Time, run);
            SiftDown(0);
        }
        else
        {
            heads[0] = heads[^1];
            heads.RemoveAt(heads.Count - 1);
            SiftDown(0);
            if (heads.Count == 0) CloseGaps();
        }

        return true;
    }

    private void Drain(ulong upTo, int atMost)
    {
        (drainLimit, drainCount) = (upTo, atMost);
        heads.Clear();
        for (var run = 0; run < runs.Count; run++) heads.Add((held[runs[run].Start].Time, run));
        for (var at = heads.Count / 2 - 1; at >= 0; at--) SiftDown(at);
    }

    private static bool IsEarlier((ulong Time, int Run) one, (ulong Time, int Run) other) =>
        one.Time < other.Time || (one.Time == other.Time && one.Run < other.Run);

    private void SiftDown(int at)
    {
        if (at >= heads.Count) return;
        var moved = heads[at];
        while (true)
        {
            var child = 2 * at + 1;
            if (child >= heads.Count) break;
            if (child + 1 < heads.Count && IsEarlier(heads[child + 1], heads[child])) child++;
            if (IsEarlier(moved, heads[child])) break;
            heads[at] = heads[child];
            at = child;
        }

        heads[at] = moved;
    }

    // What is left of each run moves to the front. Every record is let out with the round after its own, or half of all
    // at once, so that a record is moved few times.
    private void CloseGaps()
    {
        heads.Clear();
        var to = 0;
        var kept = 0;
        for (var run = 0; run < runs.Count; run++)
        {
            var (start, end) = runs[run];
            if (start == end) continue;
            Array.Copy(held, start, held, to, end - start);
            runs[kept++] = (to, to + end - start);
            to += end - start;
        }

        runs.RemoveRange(kept, runs.Count - kept);
        count = to;
    }
}
