namespace Diagnose.Capture.Linux;

/// <summary>RLIMIT_NOFILE: how many descriptors, and so how many events, this process may have.</summary>
public static unsafe class FdLimit
{
    /// <summary>Raises the soft limit to the hard limit and returns what then holds.</summary>
    public static long Raise()
    {
        Libc.RLimit limit;
        if (Libc.GetRLimit(Libc.RLIMIT_NOFILE, &limit) != 0) return 1024;
        if (limit.Soft < limit.Hard)
        {
            var raised = limit with { Soft = limit.Hard };
            if (Libc.SetRLimit(Libc.RLIMIT_NOFILE, &raised) == 0) limit = raised;
        }

        return (long)Math.Min(limit.Soft, long.MaxValue);
    }
}
