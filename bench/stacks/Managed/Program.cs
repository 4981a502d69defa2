using System.Globalization;

namespace Diagnose.Bench.Managed;

/// <summary>Reads at many depths, in threads of its own and of the pool, in callbacks and finally blocks, and where asked to in handlers of exceptions.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        int rounds = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        bool catches = arguments.Contains("catch");
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() => Work(rounds, catches)))];
        foreach (Thread thread in threads)
            thread.Start();
        Work(rounds, catches);
        foreach (Thread thread in threads)
            thread.Join();
        return 0;
    }

    private static void Work(int rounds, bool catches)
    {
        for (int round = 0; round < rounds; round++)
        {
            Descend(round % 20);
            _ = new[] { round, -round }.OrderBy(value => value + Touch()).Sum();
            Later(round % 5).GetAwaiter().GetResult();
            if (catches)
                Catch();
        }
    }

    /// <summary>The runtime keeps some 10 KiB of its own on the stack until the handler is done.</summary>
    private static void Catch()
    {
        try
        {
            throw new InvalidOperationException();
        }
        catch (InvalidOperationException)
        {
            Touch();
        }
    }

    private static int Descend(int depth)
    {
        try
        {
            return depth > 0 ? Descend(depth - 1) + 1 : Touch();
        }
        finally
        {
            Touch();
        }
    }

    private static async Task<int> Later(int depth)
    {
        await Task.Yield();
        return depth > 0 ? await Later(depth - 1) + Touch() : Touch();
    }

    private static int Touch()
    {
        using var file = new FileStream("/proc/self/comm", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        return file.Read(new byte[64]);
    }
}
