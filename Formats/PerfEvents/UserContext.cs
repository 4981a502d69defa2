using System.Runtime.InteropServices;

namespace Diagnose.Formats.PerfEvents;

/// <summary><c>enum perf_sample_regs_abi</c>.</summary>
public enum RegisterAbi : ulong
{
    /// <summary>There was no user context, as in a kernel thread.</summary>
    None = 0,
    Bits32 = 1,
    Bits64 = 2,
}

/// <summary>
/// PERF_SAMPLE_REGS_USER and PERF_SAMPLE_STACK_USER of one sample: what <c>perf record --call-graph dwarf</c> unwinds
/// from. Made by <see cref="SampleLayout.TryParseUserContext"/>; valid as long as the bytes below it are.
/// </summary>
public readonly ref struct UserContext
{
    private readonly ReadOnlySpan<byte> registers;

    internal UserContext(RegisterAbi abi, ReadOnlySpan<byte> registers, ReadOnlySpan<byte> stack)
    {
        Abi = abi;
        this.registers = registers;
        Stack = stack;
    }

    public RegisterAbi Abi { get; }

    /// <summary>Those of <see cref="SampleLayout.RegistersUser"/>; the place of each is that of its bit among the set ones.</summary>
    public ReadOnlySpan<ulong> Registers => MemoryMarshal.Cast<byte, ulong>(registers);

    /// <summary>
    /// Memory from the user stack pointer up, as much as the kernel could read, in the byte order of the machine that
    /// recorded.
    /// </summary>
    public ReadOnlySpan<byte> Stack { get; }
}
