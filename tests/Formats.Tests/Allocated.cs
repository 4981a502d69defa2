namespace Diagnose.Formats.Tests;

internal static class Allocated
{
    /// <summary>
    /// Bytes that this thread allocated in the best of some rounds. The runtime allocates while it compiles what runs often; a
    /// cost per hit shows in every round.
    /// </summary>
    public static long LeastOf(Action round)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 6; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
