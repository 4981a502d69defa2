using Diagnose.Bench.Generate;
using Diagnose.Formats.PerfEvents;
using Diagnose.Formats.Tests.PerfEvents;

namespace Diagnose.Bench.Stages.Inputs;

/// <summary>
/// Samples as they lie in a ring: what the kernel writes for a hit with the fields that the recorder asks for. The
/// chains are kernel frames over user frames, some common and most rare.
/// </summary>
internal static class RingInput
{
    /// <summary>Processes that are hit; each has one thread with the same id.</summary>
    public const int Processes = 8, FirstPid = 100;

    /// <summary>Where each of them maps its code.</summary>
    public const ulong CodeStart = 0x400000, CodeLength = 0x100000;

    private const ulong KernelStart = 0xffffffff81000000;
    private const int Chains = 20_000;

    public static byte[] Make(int records)
    {
        var numbers = new SeededNumbers(1);
        var chains = new (int Pid, ulong[] Chain)[Chains];
        for (int i = 0; i < chains.Length; i++)
            chains[i] = (FirstPid + numbers.Below(Processes), Chain(numbers));
        var popularity = new Zipf(chains.Length);
        using var ring = new MemoryStream();
        for (int i = 0; i < records; i++)
        {
            (int pid, ulong[] chain) = chains[popularity.Draw(numbers)];
            ring.Write(new RecordBytes(RecordKind.Sample, (RecordMisc)1)
                .U64(7, chain[1]).U32((uint)pid, (uint)pid).U64(1_000_000 + (ulong)i * 1000).U32((uint)i / 64 % 2, 0)
                .U64((ulong)chain.Length).U64(chain).U64(23).Build());
        }

        return ring.ToArray();
    }

    private static ulong[] Chain(SeededNumbers numbers)
    {
        int kernel = 3 + numbers.Below(12), user = 2 + numbers.Below(30);
        ulong[] chain = new ulong[kernel + user + 2];
        chain[0] = CallchainContext.Kernel;
        for (int i = 1; i <= kernel; i++)
            chain[i] = KernelStart + (ulong)numbers.Below(0x10_0000) * 16;
        chain[kernel + 1] = CallchainContext.User;
        for (int i = kernel + 2; i < chain.Length; i++)
            chain[i] = CodeStart + (ulong)numbers.Below((int)CodeLength);
        return chain;
    }
}
