namespace Diagnose.Formats.Kernel;

/// <summary>A function of the running kernel: the addresses [Start, End), its name, and its module.</summary>
public readonly ref struct KernelSymbol
{
    internal KernelSymbol(ulong start, ulong end, ReadOnlySpan<byte> name, ReadOnlySpan<byte> module)
    {
        Start = start;
        End = end;
        Name = name;
        Module = module;
    }

    public ulong Start { get; }

    /// <summary>First address after the function. The kernel lists no sizes, so it is where the next symbol starts, or nearer.</summary>
    public ulong End { get; }
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Without brackets, "bpf" and "__builtin__ftrace" included; empty for the core kernel.</summary>
    public ReadOnlySpan<byte> Module { get; }
}
