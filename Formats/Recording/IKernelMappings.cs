namespace Diagnose.Formats.Recording;

/// <summary>Learns where the recorded kernel and its modules lay.</summary>
internal interface IKernelMappings
{
    /// <param name="offset">For the kernel itself the address of the symbol that its name ends with.</param>
    /// <param name="name"><c>[kernel.kallsyms]_text</c>, <c>[module]</c>, or the path of a module's file.</param>
    void Map(ulong start, ulong length, ulong offset, ReadOnlySpan<byte> name, ReadOnlySpan<byte> buildId);
}
