using Diagnose.Formats.Symbols;
using Diagnose.Formats.Trace;

namespace Diagnose.Formats.Recording;

/// <summary>An image that some process maps: what its frames' offsets count from, and the file that can name them.</summary>
internal sealed class CodeModule
{
    public CodeModule(ModuleKind kind, byte[] path, byte[] buildId, uint instance)
    {
        (Kind, Path, BuildId, Instance) = (kind, path, buildId, instance);
        First = this;
    }

    /// <summary>Instance of the vDSO that 32-bit processes map: another image, of which there is no copy to read.</summary>
    public const uint CompatVdso = 32;

    public ModuleKind Kind { get; }

    /// <summary>Path as the process sees it.</summary>
    public byte[] Path { get; }

    /// <summary>GNU build ID; empty until the file was looked at where the kernel did not give it.</summary>
    public byte[] BuildId { get; set; }

    public uint Instance { get; }

    /// <summary>The file, opened when it was first seen mapped; null when it could not be reached, or is closed again.</summary>
    public ModuleFile? File { get; set; }

    /// <summary>Its place among the open files, null while it is not open.</summary>
    public LinkedListNode<CodeModule>? Place { get; set; }

    /// <summary>Times that opening the file was tried in vain.</summary>
    public int Attempts { get; set; }

    /// <summary>The module's id in the trace, none until a frame in it was hit.</summary>
    public SegmentId Definition;

    /// <summary>Gives a number that tells apart what lay in the same memory at different times.</summary>
    public Func<uint, uint>? NextInstance { get; init; }

    /// <summary>The module that this one was at first.</summary>
    public CodeModule First { get; private init; }

    private CodeModule? _next;
    private Dictionary<ulong, CodeModule>? _moved;

    /// <summary>The module that an address belongs to: another one for each time that the code there became other code.</summary>
    public CodeModule At(ulong address) => _moved is not null && _moved.TryGetValue(address, out CodeModule? later) ? later : this;

    /// <summary>All addresses are in this module again.</summary>
    public void Settle() => _moved = null;

    /// <summary>From here on the address is in other code. Called of the module that it belongs to.</summary>
    public void Move(ulong address) => (First._moved ??= [])[address] = _next ??= new CodeModule(
        Kind, Path, BuildId, NextInstance?.Invoke(Instance) ?? Instance) { NextInstance = NextInstance, First = First };
}

/// <summary>A piece of a file in a process's memory.</summary>
/// <param name="owner">The space that it was first seen in; children of a fork share it.</param>
internal sealed class Mapping(AddressSpace owner, ulong time, ulong start, ulong end, ulong offset, CodeModule module)
{
    public AddressSpace Owner { get; } = owner;

    /// <summary>CLOCK_MONOTONIC ns; 0 when it was there before the recording.</summary>
    public ulong Time { get; } = time;

    public ulong Start { get; } = start;

    public ulong End { get; } = end;

    /// <summary>File offset at <see cref="Start"/>; the address itself for memory without a file.</summary>
    public ulong Offset { get; } = offset;

    public CodeModule Module { get; } = module;

    /// <summary>The mapping's row in the trace: only those that were hit are written.</summary>
    public SegmentId Published;

    /// <summary>Address of <see cref="Start"/> as the file's symbols count, once it was looked up.</summary>
    public ulong? Address { get; set; }

    /// <summary>What its code's addresses have more than the file's own, once somebody unwound through it.</summary>
    public ulong? Bias { get; set; }
}
