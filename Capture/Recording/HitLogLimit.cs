namespace Diagnose.Capture.Recording;

/// <summary>
/// How much may go into the kernel's log, which is small (128 KiB on many machines) and everybody's: a few hits at once,
/// then few a second. Two token buckets, of hits and of bytes, that fill with the time of the hits themselves.
/// </summary>
internal sealed class HitLogLimit
{
    public const int HitsAtOnce = 20, HitsPerSecond = 4, BytesAtOnce = 64 << 10, BytesPerSecond = 8 << 10;

    private double _hits = HitsAtOnce;
    private double _bytes = BytesAtOnce;
    private ulong _time;

    /// <summary>Whether a hit at <paramref name="time"/> (ns) may be written; its size may be a guess.</summary>
    public bool TryTake(ulong time, int bytes)
    {
        // Few hits come late; they find what those before them left.
        if (time > _time)
        {
            double seconds = (time - _time) / 1e9;
            _hits = Math.Min(HitsAtOnce, _hits + seconds * HitsPerSecond);
            _bytes = Math.Min(BytesAtOnce, _bytes + seconds * BytesPerSecond);
            _time = time;
        }

        // A single hit may be longer than all that is left, and those after it wait the longer.
        if (_hits < 1 || _bytes <= 0)
            return false;
        _hits--;
        _bytes -= bytes;
        return true;
    }

    /// <summary>Says by how much the size of a hit was guessed too small (or, negative, too big).</summary>
    public void Correct(int bytes) => _bytes -= bytes;
}
