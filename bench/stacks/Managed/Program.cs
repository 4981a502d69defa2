using System.Globalization;

namespace Diagnose.Bench.Managed;

/// <summary>Reads at many depths, in threads, also in filters and finally blocks while an exception is on its way.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        int rounds = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() => Work(rounds)))];
        foreach (Thread thread in threads)
            thread.Start();
        Work(rounds);
        foreach (Thread thread in threads)
            thread.Join();
        return 0;
    }

    private static void Work(int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            Descend(round % 20, fails: false);
            try
            {
                Descend(round % 10, fails: true);
            }
            catch (InvalidOperationException) when (Touch() > 0)
            {
                Touch();
            }
        }
    }

    private static int Descend(int depth, bool fails)
    {
        try
        {
            if (depth > 0)
                return Descend(depth - 1, fails) + 1;
            return fails ? throw new InvalidOperationException() : Touch();
        }
        finally
        {
            Touch();
        }
    }

    private static int Touch()
    {
        using var file = new FileStream("/proc/self/comm", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        return file.Read(new byte[64]);
    }
}
